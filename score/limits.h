/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: the longest score, and its order. */
#ifndef TIMBREL_SCORE_LIMITS_H
#define TIMBREL_SCORE_LIMITS_H

#include "timbrel/score.h"

/* The last tick that a score may have: steps of a grid of TB_GRID_MELODY still fit into 31 bits. */
static inline int32_t last_tick(int ticks_per_quarter) {
    int64_t last = (int64_t)ticks_per_quarter << 27;
    return last < TB_SCORE_TICKS ? (int32_t)last : TB_SCORE_TICKS;
}

/* Sorts the notes from `first` on. OFF */
void tbi_score_sort_from(TbScore *score, size_t first);

#endif
