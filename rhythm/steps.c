/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From patterns to rows: order, what is told of each step, and layers that read the steps in both directions. */
#include "rhythm/network.h"

#include <math.h>

void tbi_rhythm_take(RhythmWorker *w, const RhythmItem *items, TbShare share) {
    w->share = share;
    w->n = share.n;
    for (size_t i = 0; i < share.n; i++) { /* insertion by falling length; equal ones keep their order */
        const size_t length = (size_t)tb_rhythm_steps(items[share.first + i].pattern);
        size_t at = i;
        for (; at > 0 && w->length[at - 1] < length; at--) {
            w->length[at] = w->length[at - 1];
            w->order[at] = w->order[at - 1];
        }
        w->length[at] = length;
        w->order[at] = share.first + i;
    }
    w->steps = tbi_steps(w->length, w->n, w->first);
    w->n_rows = w->n ? tbi_steps_rows(&w->steps) : 0;
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t i = 0; i < tbi_steps_running(&w->steps, t); i++) {
            const size_t row = w->first[t] + i, length = w->length[i];
            w->reverse[row] = w->first[length - 1 - t] + i;
            w->sequence[row] = i;
            w->slot[row] = rhythm_slot(items[w->order[i]].pattern, (int)t);
            w->id[row] = (uint32_t)(w->order[i] * TB_RHYTHM_STEPS + t);
        }
}

/* Velocity and offset, scaled to about 1. */
static void describe(TbDrumHit hit, float *velocity, float *offset) {
    *velocity = 2.5f * (hit.velocity - 0.4f);
    *offset = 4 * hit.offset;
}

void tbi_rhythm_features(const RhythmItem *item, const RhythmGiven *given, int step, float *x) {
    const TbRhythm *p = item->pattern;
    const int bar_steps = tb_rhythm_steps(p) / TB_RHYTHM_BARS;
    memset(x, 0, RHYTHM_INPUTS * sizeof *x);
    for (int d = 0; d < TB_DRUM_CLASSES; d++, x++) {
        const TbDrumHit hit = p->cell[step][d];
        const int g = given->cell[step][d];
        x[0] = g != GIVEN_NOTHING && hit.velocity > 0;
        if (g == GIVEN_ALL && hit.velocity > 0)
            describe(hit, &x[TB_DRUM_CLASSES], &x[2 * TB_DRUM_CLASSES]);
        x[3 * TB_DRUM_CLASSES] = g != GIVEN_NOTHING;
        x[4 * TB_DRUM_CLASSES] = g == GIVEN_ALL;
    }
    x += 4 * TB_DRUM_CLASSES;
    x[0] = given->taps;
    if (given->taps && item->tap[step].velocity > 0) {
        x[1] = 1;
        describe(item->tap[step], &x[2], &x[3]);
    }
    x += 4;
    x[step % bar_steps] = 1;
    x += TB_RHYTHM_BAR_STEPS;
    x[0] = (float)(step / bar_steps);
    x[1] = p->denominator >= 8 && p->numerator % 3 == 0; /* compound: the beat is three eighths */
    x += 2;
    x[item->style] = 1;
    x += TB_RHYTHM_STYLES;
    x[0] = 2 * log2f((float)p->tempo / 110);
    x[1] = x[0] * x[0] - 0.5f;
}

/* ---- both directions ---- */

static void gather(const size_t *row, size_t n, const float *x, size_t ldx, size_t width, float *y) {
    for (size_t i = 0; i < n; i++)
        memcpy(y + i * width, x + row[i] * ldx, width * sizeof *y);
}

void tbi_bi_forward(const BiLstm *lstm, RhythmWorker *w, const float *x, size_t ldx, BiTape *tape, float *y,
                    size_t ldy) {
    const size_t in = lstm->forth.layout.in, units = lstm->forth.layout.units, n = w->n * units * sizeof *w->hidden;
    memset(w->hidden, 0, n), memset(w->cell, 0, n);
    tbi_lstm_forward(&lstm->forth, &w->steps, x, ldx, w->hidden, w->cell, &tape->forth);
    gather(w->reverse, w->n_rows, x, ldx, in, tape->reversed);
    memset(w->hidden, 0, n), memset(w->cell, 0, n);
    tbi_lstm_forward(&lstm->back, &w->steps, tape->reversed, in, w->hidden, w->cell, &tape->back);
    for (size_t row = 0; row < w->n_rows; row++) {
        memcpy(y + row * ldy, tape->forth.hidden + row * units, units * sizeof *y);
        memcpy(y + row * ldy + units, tape->back.hidden + w->reverse[row] * units, units * sizeof *y);
    }
}

void tbi_bi_backward(const BiLstm *lstm, RhythmWorker *w, const float *x, size_t ldx, const float *dy, size_t lddy,
                     BiTape *tape, float *dx, size_t lddx, float *gradients) {
    const size_t in = lstm->forth.layout.in, units = lstm->forth.layout.units;
    float *dhidden = tape->dback, *dinput = dx ? tape->dreversed : NULL;
    for (size_t row = 0; row < w->n_rows; row++)
        memcpy(dhidden + row * units, dy + row * lddy, units * sizeof *dhidden);
    tbi_lstm_backward(&lstm->forth, &w->steps, x, ldx, dhidden, &tape->forth, dinput, in, gradients);
    for (size_t row = 0; dx && row < w->n_rows; row++)
        for (size_t k = 0; k < in; k++)
            dx[row * lddx + k] += dinput[row * in + k];
    for (size_t row = 0; row < w->n_rows; row++)
        memcpy(dhidden + w->reverse[row] * units, dy + row * lddy + units, units * sizeof *dhidden);
    tbi_lstm_backward(&lstm->back, &w->steps, tape->reversed, in, dhidden, &tape->back, dinput, in, gradients);
    for (size_t row = 0; dx && row < w->n_rows; row++)
        for (size_t k = 0; k < in; k++)
            dx[row * lddx + k] += dinput[w->reverse[row] * in + k];
}
