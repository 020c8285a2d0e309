/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/plan.h"
#include "base/search.h"
#include "melody/context.h"

/* The notes that start in a bar: first .. end - 1. */
static void notes_of(const TbMelody *m, int32_t bar, size_t *first, size_t *end) {
    *first = tbi_lower_bound(m->notes, m->n_notes, sizeof *m->notes, m->line[bar]);
    *end = tbi_lower_bound(m->notes, m->n_notes, sizeof *m->notes, m->line[bar + 1]);
}

static bool returns(const TbMelody *m, int32_t bar, int32_t earlier) {
    size_t a, a_end, b, b_end;
    notes_of(m, bar, &a, &a_end);
    notes_of(m, earlier, &b, &b_end);
    if (a == a_end || a_end - a != b_end - b ||
        m->line[bar + 1] - m->line[bar] != m->line[earlier + 1] - m->line[earlier])
        return false;
    for (; a < a_end; a++, b++)
        if (m->notes[a].pitch != m->notes[b].pitch ||
            m->notes[a].onset - m->line[bar] != m->notes[b].onset - m->line[earlier])
            return false;
    return true;
}

void tbi_melody_find_lags(const TbMelody *m, uint8_t *lag) {
    for (int32_t bar = 0; bar < m->n_bars; bar++) {
        const int before = bar ? lag[bar - 1] : 0;
        lag[bar] = 0;
        if (before && bar >= before && returns(m, bar, bar - before))
            lag[bar] = (uint8_t)before;
        for (int k = 1; lag[bar] == 0 && k < MELODY_PLAN_LAGS && k <= bar; k++)
            if (returns(m, bar, bar - k))
                lag[bar] = (uint8_t)k;
    }
}

static size_t row(size_t bar, int before) {
    return (bar % MELODY_PLAN_PHRASE * MELODY_PLAN_LAGS + (size_t)before) * MELODY_PLAN_LAGS;
}

void tbi_melody_count_lags(const uint8_t *lag, size_t n_bars, float *counts) {
    for (size_t bar = 0; bar < n_bars; bar++)
        counts[row(bar, bar ? lag[bar - 1] : 0) + lag[bar]]++;
}

void tbi_melody_draw_lags(const float *counts, size_t n_bars, TbRng *rng, uint8_t *lag) {
    for (size_t bar = 0; bar < n_bars; bar++) {
        const float *count = counts + row(bar, bar ? lag[bar - 1] : 0);
        double sum = 0, at = (double)tb_rng_uniform(rng);
        for (size_t k = 0; k < MELODY_PLAN_LAGS && k <= bar; k++)
            sum += (double)count[k];
        at *= sum;
        lag[bar] = 0;
        for (size_t k = 0; k < MELODY_PLAN_LAGS && k <= bar; k++) {
            if (at < (double)count[k]) {
                lag[bar] = (uint8_t)k;
                break;
            }
            at -= (double)count[k];
        }
    }
}
