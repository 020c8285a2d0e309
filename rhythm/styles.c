/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The styles that rhythms can be asked for: those of the Groove MIDI Dataset. Networks are trained with these numbers.
 */
#include "timbrel/rhythm.h"

static const char *const names[TB_RHYTHM_STYLES] = {
    "any",  "afrobeat", "afrocuban",     "blues",      "country", "dance", "funk",   "gospel", "highlife", "hiphop",
    "jazz", "latin",    "middleeastern", "neworleans", "pop",     "punk",  "reggae", "rock",   "soul",
};

const char *tb_rhythm_style_name(int style) {
    return style >= 0 && style < TB_RHYTHM_STYLES ? names[style] : "";
}

int tb_rhythm_style_find(const char *name) {
    size_t length = strcspn(name, "/");
    for (int i = 0; i < TB_RHYTHM_STYLES; i++)
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return i;
    return -1;
}
