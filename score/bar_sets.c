/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score/bar_sets.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

enum { BAR_SHIFT = 40 }; /* of the bar in a sorting key; below it the cell */

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

size_t tbi_bar_of_step(const TbBars *bars, int per_quarter, int32_t step) {
    double tick = (double)step * bars->score->ticks_per_quarter / per_quarter + 1e-6;
    return tick >= bars->line[bars->n_bars] ? bars->n_bars : tb_bars_find(bars, tick);
}

/* The step at which a bar begins. */
static int64_t bar_step(const TbBars *bars, int per_quarter, size_t bar) {
    return llrint((double)bars->line[bar] * per_quarter / bars->score->ticks_per_quarter);
}

TbStatus tbi_bar_sets_new(const TbBars *bars, int per_quarter, const Cell *cells, size_t n, size_t min_bars,
                          BarSets *sets) {
    *sets = (BarSets){.n_bars = min_bars, .bars = bars, .per_quarter = per_quarter};
    uint64_t *keys = sets->cells = tbi_arena_alloc(&sets->arena, n, sizeof *keys);
    for (size_t i = 0; i < n && keys; i++) {
        uint64_t bar = tbi_bar_of_step(bars, per_quarter, cells[i].step);
        uint64_t place = (uint64_t)(cells[i].step - bar_step(bars, per_quarter, bar));
        keys[i] = bar << BAR_SHIFT | place << 7 | cells[i].value;
        sets->n_bars = bar + 1 > sets->n_bars ? bar + 1 : sets->n_bars;
    }
    sets->first = tbi_arena_alloc(&sets->arena, sets->n_bars + 1, sizeof *sets->first);
    if (sets->arena.failed) {
        tbi_bar_sets_free(sets);
        return tbi_no_memory("to analyse a score");
    }
    if (n > 1)
        qsort(keys, n, sizeof *keys, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    for (size_t i = 0; i < kept; i++)
        sets->first[(keys[i] >> BAR_SHIFT) + 1]++;
    for (size_t b = 0; b < sets->n_bars; b++)
        sets->first[b + 1] += sets->first[b];
    for (size_t i = 0; i < kept; i++)
        keys[i] &= (1ull << BAR_SHIFT) - 1;
    return TB_OK;
}

void tbi_bar_sets_free(BarSets *sets) {
    tbi_arena_free(&sets->arena);
    *sets = (BarSets){0};
}

size_t tbi_bars_common(const BarSets *s, size_t a, size_t b) {
    const uint64_t *x = s->cells + s->first[a], *x_end = s->cells + s->first[a + 1];
    const uint64_t *y = s->cells + s->first[b], *y_end = s->cells + s->first[b + 1];
    size_t n = 0;
    while (x < x_end && y < y_end) {
        n += *x == *y;
        uint64_t low = *x < *y ? *x : *y;
        x += *x == low;
        y += *y == low;
    }
    return n;
}

double tbi_bars_alike(const BarSets *s, size_t a, size_t b) {
    size_t common = tbi_bars_common(s, a, b), all = bar_size(s, a) + bar_size(s, b) - common;
    return all ? (double)common / (double)all : NAN;
}

double tbi_groove(const BarSets *s, int rows) {
    size_t n = s->n_bars < s->bars->n_bars ? s->n_bars : s->bars->n_bars;
    double sum = 0;
    if (n < 2)
        return NAN;
    for (size_t b = 0; b + 1 < n; b++) {
        double ticks = (double)s->bars->line[b + 1] - s->bars->line[b];
        double steps = fmax(1, rint(ticks * s->per_quarter / s->bars->score->ticks_per_quarter));
        size_t differ = bar_size(s, b) + bar_size(s, b + 1) - 2 * tbi_bars_common(s, b, b + 1);
        sum += (double)differ / (steps * rows);
    }
    return 1 - sum / (double)(n - 1);
}

/* ---- repetition ---- */

static int by_content(const void *a, const void *b, void *sets) {
    const BarSets *s = sets;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    size_t n = bar_size(s, x), m = bar_size(s, y);
    if (n != m)
        return n < m ? -1 : 1;
    return n ? memcmp(s->cells + s->first[x], s->cells + s->first[y], n * sizeof *s->cells) : 0;
}

TbStatus tbi_bar_ids(BarSets *s, uint32_t *id) {
    uint32_t *order = tbi_arena_alloc(&s->arena, s->n_bars, sizeof *order), next = 0;
    if (!order)
        return tbi_no_memory("to analyse a score");
    for (size_t i = 0; i < s->n_bars; i++)
        order[i] = (uint32_t)i;
    if (s->n_bars > 1)
        qsort_r(order, s->n_bars, sizeof *order, by_content, s);
    for (size_t i = 0; i < s->n_bars; i++) {
        next += i > 0 && by_content(&order[i - 1], &order[i], s) != 0;
        id[order[i]] = next;
    }
    return TB_OK;
}

typedef struct {
    uint64_t pair; /* the ids of both halves of a window */
    uint32_t bar;  /* where it begins */
} Window;

static int by_pair(const void *a, const void *b) {
    const Window *x = a, *y = b;
    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    return (x->bar > y->bar) - (x->bar < y->bar);
}

/* Makes ids of windows of k bars from those of k / 2 (for 1: of bars); returns the share that stands earlier. */
static double window_ids(const BarSets *s, size_t k, uint32_t *id, Window *windows) {
    size_t n = s->n_bars >= k ? s->n_bars - k + 1 : 0, n_full = 0, n_again = 0;
    uint32_t next = 0;
    for (size_t i = 0; i < n; i++)
        windows[i] = (Window){(uint64_t)id[i] << 32 | id[i + k / 2], (uint32_t)i};
    if (n > 1)
        qsort(windows, n, sizeof *windows, by_pair);
    for (size_t i = 0, first = 0; i < n; i++) {
        if (i > 0 && windows[i].pair != windows[i - 1].pair) {
            next++;
            first = i;
        }
        size_t bar = windows[i].bar;
        bool full = s->first[bar + k] > s->first[bar];
        n_full += full;
        n_again += full && windows[first].bar + k <= bar;
        id[bar] = next;
    }
    return n_full ? (double)n_again / (double)n_full : NAN;
}

TbStatus tbi_repetition(BarSets *s, double share[4]) {
    uint32_t *id = tbi_arena_alloc(&s->arena, s->n_bars, sizeof *id);
    Window *windows = tbi_arena_alloc(&s->arena, s->n_bars, sizeof *windows);
    TbStatus status = windows ? tbi_bar_ids(s, id) : tbi_no_memory("to analyse a score");
    for (size_t i = 0; i < 4 && status == TB_OK; i++)
        share[i] = window_ids(s, (size_t)1 << i, id, windows);
    return status;
}
