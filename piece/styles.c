/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "timbrel/piece.h"

#include <string.h>

static const char *const names[TB_PIECE_STYLES] = {
    "any",   "folk",    "songs", "romantic", "classical", "game",   "rock",  "pop",   "ballad", "jazz", "swing",
    "blues", "country", "latin", "funk",     "soul",      "reggae", "march", "dance", "gospel", "own",
};

const char *tb_piece_style_name(int style) {
    return style >= 0 && style < TB_PIECE_STYLES ? names[style] : "";
}

int tb_piece_style_find(const char *name) {
    for (int i = 0; i < TB_PIECE_STYLES; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}
