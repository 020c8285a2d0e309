/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compose/styles.h"

/* The last column, the bass's movement, was set by counting: over drawn tracks its notes repeat the one before in
 * a third to a half of all steps, in jazz in a fifth (in MMA's grooves 0.1 to 0.3, in Freedoom's tracks 0.6; without it
 * 0.7; `bench/compose_draws MODELS parts`). Styles whose bass the network of pieces has learned to move need less. */
static const ComposeStyle styles[] = {
    {"any", "any", 88, 126, 0, 0.35, false, 1.5},
    {"afrobeat", "afrobeat", 95, 125, 0, 0.4, false, 1.5},
    {"afrocuban", "afrocuban", 95, 120, 0, 0.5, false, 2},
    {"ballad", "pop", 62, 80, 0, 0.4, false, 0.7},
    {"blues", "blues", 70, 110, 66, 0.3, true, 0.7},
    {"country", "country", 90, 125, 0, 0.15, false, 0.7},
    {"dance", "dance", 112, 128, 50, 0.5, false, 1},
    {"folk", "country", 88, 120, 50, 0.25, false, 2},
    {"funk", "funk", 92, 112, 0, 0.6, true, 0.7},
    {"gospel", "gospel", 75, 110, 0, 0.2, true, 1.8},
    {"highlife", "highlife", 105, 125, 0, 0.1, false, 1.8},
    {"hiphop", "hiphop", 82, 98, 0, 0.6, true, 1.2},
    {"jazz", "jazz", 100, 170, 66, 0.4, true, 0.5},
    {"latin", "latin", 95, 125, 0, 0.5, false, 2},
    {"middleeastern", "middleeastern", 90, 120, 0, 0.8, false, 1.5},
    {"neworleans", "neworleans", 85, 110, 58, 0.2, true, 1.5},
    {"pop", "pop", 90, 124, 50, 0.3, false, 1.8},
    {"punk", "punk", 150, 190, 50, 0.4, false, 0.8},
    {"reggae", "reggae", 68, 88, 0, 0.4, false, 1.8},
    {"rock", "rock", 95, 140, 50, 0.4, false, 1.2},
    {"soul", "soul", 75, 105, 0, 0.35, true, 1.5},
};
enum { STYLES = sizeof styles / sizeof *styles };

const ComposeStyle *tbi_compose_style(int style) {
    return style >= 0 && style < STYLES ? &styles[style] : NULL;
}

const char *tb_compose_style_name(int style) {
    const ComposeStyle *s = tbi_compose_style(style);
    return s ? s->name : "";
}

int tb_compose_style_find(const char *name) {
    for (int i = 0; i < STYLES; i++)
        if (strcmp(styles[i].name, name) == 0)
            return i;
    return -1;
}
