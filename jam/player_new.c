/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates what the player needs, and frees its loops. */
#include "jam/player.h"

#include <math.h>
#include <stdlib.h>

bool tbi_jam_player_init(JamPlayer *p, double sample_rate) {
    p->rate = (uint64_t)llround(sample_rate);
    p->numerator = p->denominator = 4;
    atomic_init(&p->tempo, 500000);
    const bool made = tbi_ring_new(&p->changes, sizeof(JamChange), JAM_CHANGES);
    return tbi_ring_new(&p->news, sizeof(JamNews), JAM_NEWS) && made;
}

void tbi_jam_change_free(JamChange *c) {
    for (int i = 0; i < TB_JAM_PARTS; i++) {
        free(c->now[i]);
        free(c->next[i]);
    }
}

void tbi_jam_player_release(JamPlayer *p) {
    JamChange change;
    JamNews news;
    while (p->changes.data && tbi_ring_get(&p->changes, &change, 1) == 1)
        tbi_jam_change_free(&change);
    while (p->news.data && tbi_ring_get(&p->news, &news, 1) == 1)
        free(news.retired);
    for (int i = 0; i < TB_JAM_PARTS; i++) {
        free(p->part[i].loop);
        free(p->part[i].next);
    }
    tbi_ring_free(&p->changes);
    tbi_ring_free(&p->news);
}
