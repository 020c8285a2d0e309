/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The features of a piece that Yang and Lerch compare (2018, "On the evaluation of generative models in music", section
 * 3.1): some are one number, some are histograms or matrices of transitions. */
#include "score/style.h"
#include "base/no_memory.h"
#include "score/bar_sets.h"
#include "score/scope.h"

#include <math.h>
#include <stdlib.h>

#define NAME(name, size) #name,
static const char *const names[TB_STYLE_FEATURES] = {STYLE_FEATURES(NAME)};
#undef NAME

const char *tb_style_feature(int feature) {
    return feature >= 0 && feature < TB_STYLE_FEATURES ? names[feature] : "";
}

typedef struct {
    const TbScore *score;
    const TbScoreNote *notes; /* [n] */
    size_t n;
    TbScoreNote *top; /* [n_top] */
    size_t n_top;
    size_t *bar; /* [n] of each note */
    size_t n_bars;
    double *histogram;   /* [n_bars][12] */
    uint64_t (*used)[2]; /* [n_bars] pitches, as bits */
    TbArena arena;
    StyleValues *v;
} Work;

static void used_pitches(Work *w) {
    uint64_t all[2] = {0};
    double sum = 0;
    for (size_t i = 0; i < w->n; i++) {
        int pitch = w->notes[i].pitch;
        all[pitch / 64] |= 1ull << pitch % 64;
        w->used[w->bar[i]][pitch / 64] |= 1ull << pitch % 64;
    }
    for (size_t b = 0; b < w->n_bars; b++)
        sum += __builtin_popcountll(w->used[b][0]) + __builtin_popcountll(w->used[b][1]);
    w->v->used_pitch[0] = __builtin_popcountll(all[0]) + __builtin_popcountll(all[1]);
    w->v->bar_used_pitch[0] = sum / (double)w->n_bars;
}

/* The histogram of pitch classes, and its deviation from bar to bar. */
static void pitch_classes(Work *w) {
    double mean[12] = {0}, *h = w->histogram;
    size_t full = 0;
    for (size_t i = 0; i < w->n; i++) {
        w->v->pc_histogram[w->notes[i].pitch % 12] += 1 / (double)w->n;
        h[12 * w->bar[i] + w->notes[i].pitch % 12] += 1;
    }
    for (size_t b = 0; b < w->n_bars; b++) {
        double sum = 0;
        for (int k = 0; k < 12; k++)
            sum += h[12 * b + (size_t)k];
        for (int k = 0; k < 12 && sum > 0; k++)
            h[12 * full + (size_t)k] = h[12 * b + (size_t)k] / sum;
        full += sum > 0;
    }
    for (size_t b = 0; b < full; b++)
        for (int k = 0; k < 12; k++)
            mean[k] += h[12 * b + (size_t)k] / (double)full;
    for (int k = 0; k < 12; k++) {
        double sum = 0;
        for (size_t b = 0; b < full; b++)
            sum += (h[12 * b + (size_t)k] - mean[k]) * (h[12 * b + (size_t)k] - mean[k]);
        w->v->bar_pc_histogram[k] = sqrt(sum / (double)full);
    }
}

/* The class of a duration: the nearest of twelve by ratio. */
static int length_class(int32_t duration, int ticks_per_quarter) {
    static const double lengths[12] = {1, 2, 3, 4, 6, 8, 9, 12, 18, 24, 36, 48}; /* 1/12 quarters */
    double x = (duration > 1 ? duration : 1) * 12.0 / ticks_per_quarter;
    int best = 0;
    for (int k = 1; k < 12; k++)
        if (fabs(log(x / lengths[k])) < fabs(log(x / lengths[best])))
            best = k;
    return best;
}

static void melodic(Work *w) {
    const TbScoreNote *t = w->top;
    int tpq = w->score->ticks_per_quarter, low = 127, high = 0;
    double steps = (double)(w->n_top - 1), interval = 0;
    for (size_t i = 0; i < w->n; i++) {
        low = w->notes[i].pitch < low ? w->notes[i].pitch : low;
        high = w->notes[i].pitch > high ? w->notes[i].pitch : high;
    }
    for (size_t i = 0; i < w->n_top; i++) {
        int length = length_class(t[i].duration, tpq);
        w->v->length_histogram[length] += 1 / (double)w->n_top;
        if (i == 0)
            continue;
        w->v->pc_transition[12 * (t[i - 1].pitch % 12) + t[i].pitch % 12] += 1 / steps;
        w->v->length_transition[12 * length_class(t[i - 1].duration, tpq) + length] += 1 / steps;
        interval += abs(t[i].pitch - t[i - 1].pitch);
    }
    w->v->pitch_range[0] = high - low;
    w->v->pitch_interval[0] = w->n_top > 1 ? interval / steps : 0;
    w->v->ioi[0] = w->n_top > 1 ? (double)(t[w->n_top - 1].onset - t[0].onset) / steps / tpq : 0;
}

static TbStatus features(Work *w, const TbBars *bars) {
    w->bar = tbi_arena_alloc(&w->arena, w->n, sizeof *w->bar);
    w->top = tbi_arena_alloc(&w->arena, w->n, sizeof *w->top);
    for (size_t i = 0; i < w->n && w->bar; i++) {
        int32_t step = tb_grid_step(w->score->ticks_per_quarter, TB_GRID_MELODY, w->notes[i].onset);
        w->bar[i] = tbi_bar_of_step(bars, TB_GRID_MELODY, step);
        w->n_bars = w->bar[i] + 1 > w->n_bars ? w->bar[i] + 1 : w->n_bars;
    }
    w->histogram = tbi_arena_alloc(&w->arena, w->n_bars, 12 * sizeof *w->histogram);
    w->used = tbi_arena_alloc(&w->arena, w->n_bars, sizeof *w->used);
    if (w->arena.failed)
        return tbi_no_memory("to analyse a score");
    w->n_top = tbi_top_line(w->notes, w->n, w->top);
    used_pitches(w);
    w->v->note_count[0] = (double)w->n;
    w->v->bar_note_count[0] = (double)w->n / (double)w->n_bars;
    pitch_classes(w);
    melodic(w);
    return TB_OK;
}

TbStatus tb_score_style(const TbScore *score, TbScope which, TbStyle *style) {
    Scope scope;
    TbBars bars;
    StyleValues values = {0};
    TbStatus status = tbi_score_scope_new(score, which, &scope);
    if (status)
        return status;
    Work w = {.score = score, .notes = scope.notes, .n = scope.n, .v = &values};
    if (w.n == 0) { /* drums alone */
        w.notes = score->notes;
        w.n = score->n_notes;
    }
    int32_t last = 0;
    for (size_t i = 0; i < w.n; i++) {
        int32_t off = w.notes[i].onset + w.notes[i].duration;
        last = off > last ? off : last;
    }
    status = w.n < 2 ? tb_fail(TB_ERR_EMPTY, "The song has fewer than two notes.") : tb_bars_new(score, last, &bars);
    if (status == TB_OK) {
        status = features(&w, &bars);
        tb_bars_free(&bars);
    }
    if (status == TB_OK)
        memcpy(style->value, &values, sizeof values);
    tbi_arena_free(&w.arena);
    tbi_score_scope_free(&scope);
    return status;
}
