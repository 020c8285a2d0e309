/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures of drums, bar by bar. */
#include "score/measure_drums.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COMPARED = 300 /* bars, each with each */ };

TbStatus tbi_drum_bars(const TbBars *bars, size_t min_bars, const TbScoreNote *drums, size_t n, BarSets *sets) {
    const TbDrumMap *map = tb_drum_map(NULL);
    Cell *cells = malloc((n + 1) * sizeof *cells);
    size_t n_cells = 0;
    if (!cells)
        return tbi_no_memory("to analyse drums");
    for (size_t i = 0; i < n; i++) {
        int drum = tb_drum_class(map, drums[i].pitch);
        if (drum >= 0)
            cells[n_cells++] =
                (Cell){tb_grid_step(bars->score->ticks_per_quarter, TB_GRID_RHYTHM, drums[i].onset), (uint32_t)drum};
    }
    TbStatus status = tbi_bar_sets_new(bars, TB_GRID_RHYTHM, cells, n_cells, min_bars, sets);
    free(cells);
    return status;
}

/* Mean over the bars of the Jaccard index with the most alike other one. */
static double best_match(const BarSets *s, const size_t *full, size_t n) {
    double sum = 0;
    n = n < MOST_COMPARED ? n : MOST_COMPARED;
    for (size_t i = 0; i < n; i++) {
        double best = 0;
        for (size_t j = 0; j < n; j++)
            best = j == i ? best : fmax(best, tbi_bars_alike(s, full[i], full[j]));
        sum += best;
    }
    return n > 1 ? sum / (double)n : NAN;
}

TbStatus tbi_measure_drums(const TbBars *bars, size_t min_bars, const Scope *scope, TbMeasures *m) {
    BarSets s;
    TbStatus status = tbi_drum_bars(bars, min_bars, scope->drums, scope->n_drums, &s);
    if (status)
        return status;
    uint32_t *id = tbi_arena_alloc(&s.arena, s.n_bars, sizeof *id);
    size_t *full = tbi_arena_alloc(&s.arena, s.n_bars, sizeof *full);
    size_t *times = tbi_arena_alloc(&s.arena, s.n_bars, sizeof *times);
    status = times ? tbi_bar_ids(&s, id) : tbi_no_memory("to analyse drums");
    if (status == TB_OK) {
        size_t n = 0, n_patterns = 0, n_again = 0;
        for (size_t b = 0; b < s.n_bars; b++)
            if (bar_size(&s, b) > 0) {
                full[n++] = b;
                n_patterns += times[id[b]]++ == 0;
            }
        for (size_t i = 0; i < n; i++)
            n_again += times[id[full[i]]] > 1;
        if (n > 0) {
            m->drum_repeat = (double)n_again / (double)n;
            m->drum_patterns = (double)n_patterns / (double)n;
            m->drum_density = (double)scope->n_drums / (double)n;
            m->drum_groove = tbi_groove(&s, TB_DRUM_CLASSES);
            m->drum_match = best_match(&s, full, n);
        }
    }
    tbi_bar_sets_free(&s);
    return status;
}
