/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: each bar as a set of cells (place in the bar and pitch, or drum), and how alike bars are. */
#ifndef TIMBREL_SCORE_BAR_SETS_H
#define TIMBREL_SCORE_BAR_SETS_H

#include "base/arena.h"
#include "timbrel/score.h"

typedef struct {
    TbArena arena;   /* of the arrays, and of scratch */
    uint64_t *cells; /* sorted, without doubles */
    size_t *first;   /* [n_bars + 1] where each bar begins in `cells` */
    size_t n_bars;
    const TbBars *bars; /* borrowed */
    int per_quarter;
} BarSets;

/* The step of a tick, nearest first. */
typedef struct {
    int32_t step;
    uint32_t value; /* pitch or drum, below 128 */
} Cell;

/* Sets of n cells, whose steps are those of a grid; at least `min_bars` bars. Steps after the last line of `bars` count
 * as one more bar. */
TB_NODISCARD TbStatus tbi_bar_sets_new(const TbBars *bars, int per_quarter, const Cell *cells, size_t n,
                                       size_t min_bars, BarSets *sets);
void tbi_bar_sets_free(BarSets *sets);

static inline size_t bar_size(const BarSets *s, size_t bar) {
    return s->first[bar + 1] - s->first[bar];
}

/* The bar of a grid step: 0 .. n_bars, the last being after the end. */
size_t tbi_bar_of_step(const TbBars *bars, int per_quarter, int32_t step);

/* Number of cells that two bars share. */
size_t tbi_bars_common(const BarSets *s, size_t a, size_t b);
/* Jaccard index of two bars; NAN if both are empty. */
double tbi_bars_alike(const BarSets *s, size_t a, size_t b);

/* 1 - mean Hamming distance of neighbouring bars of `rows` values; NAN for fewer than two (MusPy's groove consistency).
 */
double tbi_groove(const BarSets *s, int rows);

/* id[n_bars]: equal for equal bars; 0 .. for the first of each, in order of content. */
TB_NODISCARD TbStatus tbi_bar_ids(BarSets *s, uint32_t *id);

/* Share of windows of 1, 2, 4 and 8 bars, not empty, that stand wholly earlier, too. */
TB_NODISCARD TbStatus tbi_repetition(BarSets *s, double share[4]);

#endif
