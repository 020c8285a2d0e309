/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compose/styles.h"

static const ComposeStyle styles[] = {
    {"any", "any", 88, 126, 0, 0.35, false},
    {"afrobeat", "afrobeat", 95, 125, 0, 0.4, false},
    {"afrocuban", "afrocuban", 95, 120, 0, 0.5, false},
    {"ballad", "pop", 62, 80, 0, 0.4, false},
    {"blues", "blues", 70, 110, 66, 0.3, true},
    {"country", "country", 90, 125, 0, 0.15, false},
    {"dance", "dance", 112, 128, 50, 0.5, false},
    {"folk", "country", 88, 120, 50, 0.25, false},
    {"funk", "funk", 92, 112, 0, 0.6, true},
    {"gospel", "gospel", 75, 110, 0, 0.2, true},
    {"highlife", "highlife", 105, 125, 0, 0.1, false},
    {"hiphop", "hiphop", 82, 98, 0, 0.6, true},
    {"jazz", "jazz", 100, 170, 66, 0.4, true},
    {"latin", "latin", 95, 125, 0, 0.5, false},
    {"middleeastern", "middleeastern", 90, 120, 0, 0.8, false},
    {"neworleans", "neworleans", 85, 110, 58, 0.2, true},
    {"pop", "pop", 90, 124, 50, 0.3, false},
    {"punk", "punk", 150, 190, 50, 0.4, false},
    {"reggae", "reggae", 68, 88, 0, 0.4, false},
    {"rock", "rock", 95, 140, 50, 0.4, false},
    {"soul", "soul", 75, 105, 0, 0.35, true},
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
