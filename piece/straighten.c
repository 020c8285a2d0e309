/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Onsets on the grid. Played or humanised notes lie beside sixteenths and triplets by more than half a step; rounded
 * one by one they would scatter. Of such a piece each quarter note is read as sixteenths or as triplets, whichever lies
 * nearer to all that starts in it and, as much, in the whole piece. */
#include "base/no_memory.h"
#include "piece/notes.h"

#include <math.h>
#include <stdlib.h>

enum { GRIDS = 2 };
static const int spacing[GRIDS] = {TB_GRID_MELODY / 4, TB_GRID_MELODY / 3};

typedef struct {
    double cost[GRIDS]; /* sums of squared distances */
    size_t n;
} Beat;

/* Whether more than a tenth of the notes lie neither on steps nor on 32nds. */
static bool is_played(const TbScore *score) {
    const int32_t fine = 2 * TB_GRID_MELODY; /* steps of both */
    size_t n = 0;
    for (size_t i = 0; i < score->n_notes; i++) {
        const int32_t step = tb_grid_step(score->ticks_per_quarter, fine, score->notes[i].onset);
        const int32_t away = score->notes[i].onset - tb_grid_tick(score->ticks_per_quarter, fine, step);
        n += abs(away) > 1 || (step % 2 != 0 && step % 3 != 0);
    }
    return n * 10 > score->n_notes;
}

static int32_t nearest(double steps, int grid) {
    return (int32_t)floor(steps / spacing[grid] + 0.5) * spacing[grid];
}

/* Steps since the start of its quarter note. */
static double place(const TbScore *score, size_t i) {
    return (double)(score->notes[i].onset % score->ticks_per_quarter) * TB_GRID_MELODY / score->ticks_per_quarter;
}

TbStatus tbi_piece_onsets(const TbScore *score, int32_t *step) {
    const int quarter = score->ticks_per_quarter;
    for (size_t i = 0; i < score->n_notes; i++)
        step[i] = tb_grid_step(quarter, TB_GRID_MELODY, score->notes[i].onset);
    if (!is_played(score))
        return TB_OK;
    const size_t n_beats = (size_t)(score->notes[score->n_notes - 1].onset / quarter) + 1;
    Beat *beats = calloc(n_beats, sizeof *beats), whole = {{0}, 0};
    if (!beats)
        return tbi_no_memory("for a piece of %zu quarter notes", n_beats);
    for (size_t i = 0; i < score->n_notes; i++) {
        Beat *beat = &beats[score->notes[i].onset / quarter];
        for (int grid = 0; grid < GRIDS; grid++) {
            const double steps = place(score, i), away = steps - nearest(steps, grid);
            beat->cost[grid] += away * away;
            whole.cost[grid] += away * away;
        }
        beat->n++;
        whole.n++;
    }
    for (size_t i = 0; i < score->n_notes; i++) {
        const int32_t at = score->notes[i].onset / quarter;
        const Beat *beat = &beats[at];
        const double share = (double)beat->n / (double)whole.n;
        const int grid = beat->cost[1] + share * whole.cost[1] < beat->cost[0] + share * whole.cost[0];
        step[i] = at * TB_GRID_MELODY + nearest(place(score, i), grid);
    }
    free(beats);
    return TB_OK;
}
