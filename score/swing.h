/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared: moves notes from one swing to another. */
#ifndef TIMBREL_SCORE_SWING_H
#define TIMBREL_SCORE_SWING_H

#include "timbrel/score.h"

#include <math.h>

#define SWING_STRAIGHT 50.0 /* percent: the place of the off-beat eighths in the beat */
#define SWING_LEAST 54.0    /* below this drums are straight */

/* Moves a tick such that the place `from` in its beat comes to `to`, both in percent. RT */
static inline int32_t tbi_swing_tick(int ticks_per_quarter, int32_t tick, double from, double to) {
    const double quarter = ticks_per_quarter, beat = floor(tick / quarter), place = tick / quarter - beat;
    const double a = from / 100, b = to / 100, moved = place < a ? place * b / a : b + (place - a) * (1 - b) / (1 - a);
    return (int32_t)lround((beat + moved) * quarter);
}

/* Whether a tick is a triplet of its beat, which does not swing. RT */
static inline bool tbi_swing_is_triplet(int ticks_per_quarter, int32_t tick) {
    const int32_t step = tb_grid_step(ticks_per_quarter, TB_GRID_MELODY, tick) % TB_GRID_MELODY;
    return step == 4 || step == 8 || step == 2 || step == 10;
}

/* Onset and duration of a note of pitched parts or drums. RT */
static inline void tbi_swing_note(int ticks_per_quarter, bool drums, double from, double to, int32_t *onset,
                                  int32_t *duration) {
    const int32_t start = *onset, end = start + *duration;
    if (from == to)
        return;
    *onset = !drums && tbi_swing_is_triplet(ticks_per_quarter, start)
                 ? start
                 : tbi_swing_tick(ticks_per_quarter, start, from, to);
    const int32_t off =
        !drums && tbi_swing_is_triplet(ticks_per_quarter, end) ? end : tbi_swing_tick(ticks_per_quarter, end, from, to);
    *duration = off > *onset ? off - *onset : 1;
}

#endif
