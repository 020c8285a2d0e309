/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/lstm.h"
#include "base/cpu.h"
#include "nn/activations.h"
#include "nn/adamw.h"
#include "nn/layer_norm.h"

#include <math.h>
#include <string.h>

enum { GATES = 4 };

/* ---- weights ---- */

TbLstmLayout tbi_lstm_add(TbParameters *parameters, const char *name, size_t in, size_t units) {
    TbLstmLayout layout = {.in = in, .units = units};
    layout.input = tbi_parameters_add(parameters, GATES * units, in, true, "%s.input", name);
    layout.recurrent = tbi_parameters_add(parameters, GATES * units, units, true, "%s.recurrent", name);
    layout.bias = tbi_parameters_add(parameters, 1, GATES * units, false, "%s.bias", name);
    return layout;
}

void tbi_lstm_initialise(const TbLstmLayout *layout, float *params, TbRng *rng) {
    const size_t units = layout->units, n = GATES * units * (layout->in + units);
    const float range = 1 / sqrtf((float)units);
    for (size_t k = 0; k < n; k++) /* input and recurrent are neighbours */
        params[layout->input + k] = range * (2 * tb_rng_uniform(rng) - 1);
    for (size_t k = 0; k < GATES * units; k++)
        params[layout->bias + k] = k / units == 1 ? 1.0f : 0.0f;
}

void tbi_lstm_init(TbLstm *lstm, const TbLstmLayout *layout, const float *params, TbMatmulBackend backend,
                   TbArena *arena) {
    const size_t in = layout->in, units = layout->units, gates = GATES * units;
    *lstm = (TbLstm){.layout = *layout, .backend = backend, .params = params};
    lstm->dropped = tbi_arena_floats(arena, gates * units);
    float *input = tbi_arena_floats(arena, tbi_linear_packed_size(backend, in, gates));
    float *recurrent = tbi_arena_floats(arena, tbi_linear_packed_size(backend, units, gates));
    if (arena->failed)
        return;
    tbi_linear_init(&lstm->input, backend, params + layout->input, in, gates, input);
    tbi_linear_init(&lstm->recurrent, backend, lstm->dropped, units, gates, recurrent);
}

void tbi_lstm_pack(TbLstm *lstm, TbDropout drop) {
    const size_t units = lstm->layout.units, rows = GATES * units;
    lstm->drop = drop;
    memcpy(lstm->dropped, lstm->params + lstm->layout.recurrent, rows * units * sizeof(float));
    tbi_dropout(drop, NULL, rows, units, lstm->dropped, units);
    for (int backward = 0; backward < 2; backward++) {
        tbi_linear_pack(&lstm->input, backward);
        tbi_linear_pack(&lstm->recurrent, backward);
    }
}

void tbi_lstm_tape_init(TbLstmTape *tape, const TbLstm *lstm, size_t rows, size_t sequences, TbArena *arena) {
    const size_t in = lstm->layout.in, units = lstm->layout.units, gates = GATES * units;
    tape->gates = tbi_arena_floats(arena, rows * gates);
    tape->cell = tbi_arena_floats(arena, rows * units);
    tape->squashed = tbi_arena_floats(arena, rows * units);
    tape->before = tbi_arena_floats(arena, rows * units);
    tape->hidden = tbi_arena_floats(arena, rows * units);
    tape->first_cell = tbi_arena_floats(arena, sequences * units);
    tape->dcell = tbi_arena_floats(arena, sequences * units);
    tape->drecurrent = tbi_arena_floats(arena, gates * units);
    size_t input = tbi_linear_scratch(lstm->backend, in, gates, rows);
    size_t recurrent = tbi_linear_scratch(lstm->backend, units, gates, rows);
    tape->scratch = tbi_arena_floats(arena, input > recurrent ? input : recurrent);
}

/* ---- sixteen units, or the last few ---- */

TB_INLINE void load(TbVector *v, const float *x, size_t n) {
    if (n == TB_SIMD_WIDTH) {
        *v = *(const TbVector *)x;
    } else {
        float few[TB_SIMD_WIDTH] = {0};
        memcpy(few, x, n * sizeof *x);
        *v = *(const TbVector *)few;
    }
}

TB_INLINE void store(const TbVector *v, float *x, size_t n) {
    memcpy(x, v, n * sizeof *x);
}

TB_INLINE void add_to(TbVector *v, const float *x, size_t n) {
    TbVector more;
    load(&more, x, n);
    *v += more;
}

TB_INLINE size_t lanes(size_t k, size_t units) {
    return units - k < TB_SIMD_WIDTH ? units - k : TB_SIMD_WIDTH;
}

/* ---- forward ---- */

/* One step of n rows: gates[n][4 units] before bias and activation are activated in place; cell[n][units] and
 * hidden[n][units] become the new state, which is also copied to the arrays of the tape. */
TB_MULTIVERSION static void activate(size_t n, size_t units, const float *bias, float *gates, float *cell,
                                     float *hidden, float *cell_copy, float *squashed, float *hidden_copy) {
    for (size_t row = 0; row < n; row++, gates += GATES * units)
        for (size_t k = 0; k < units; k += TB_SIMD_WIDTH) {
            const size_t m = lanes(k, units), at = row * units + k;
            TbVector gate[GATES], c, squash;
            for (size_t j = 0; j < GATES; j++) {
                load(&gate[j], gates + j * units + k, m);
                add_to(&gate[j], bias + j * units + k, m);
                if (j == 2)
                    tb_tanh16(&gate[j]);
                else
                    tb_sigmoid16(&gate[j]);
                store(&gate[j], gates + j * units + k, m);
            }
            load(&c, cell + at, m);
            c = gate[1] * c + gate[0] * gate[2];
            squash = c;
            tb_tanh16(&squash);
            TbVector h = gate[3] * squash;
            store(&c, cell + at, m);
            store(&h, hidden + at, m);
            store(&c, cell_copy + at, m);
            store(&squash, squashed + at, m);
            store(&h, hidden_copy + at, m);
        }
}

void tbi_lstm_forward(const TbLstm *lstm, const TbSteps *steps, const float *x, size_t ldx, float *hidden, float *cell,
                      TbLstmTape *tape) {
    const size_t units = lstm->layout.units, width = GATES * units;
    tbi_linear_forward(&lstm->input, x, ldx, tbi_steps_rows(steps), tape->gates, width, tape->scratch);
    memcpy(tape->first_cell, cell, steps->n_sequences * units * sizeof *cell);
    for (size_t t = 0; t < steps->n_steps; t++) {
        const size_t row = steps->first[t], n = tbi_steps_running(steps, t), at = row * units;
        float *gates = tape->gates + row * width;
        memcpy(tape->before + at, hidden, n * units * sizeof *hidden);
        const TbLeft left = {.a = tape->before + at, .lda = units, .m = n};
        tbi_product(lstm->backend, &left, &lstm->recurrent.forward, gates, width, true, tape->scratch);
        activate(n, units, lstm->params + lstm->layout.bias, gates, cell, hidden, tape->cell + at, tape->squashed + at,
                 tape->hidden + at);
    }
}

/* ---- backward ---- */

/* One step of n rows: turns the gates into the gradients before their activations, and dcell into that of the step
 * before. cell: c of the step before. */
TB_MULTIVERSION static void deactivate(size_t n, size_t units, const float *dhidden, const float *cell,
                                       const float *squashed, float *dcell, float *gates) {
    for (size_t row = 0; row < n; row++, gates += GATES * units)
        for (size_t k = 0; k < units; k += TB_SIMD_WIDTH) {
            const size_t m = lanes(k, units), at = row * units + k;
            TbVector gate[GATES], dh, dc, c, squash;
            for (size_t j = 0; j < GATES; j++)
                load(&gate[j], gates + j * units + k, m);
            load(&dh, dhidden + at, m);
            load(&dc, dcell + at, m);
            load(&c, cell + at, m);
            load(&squash, squashed + at, m);
            const TbVector i = gate[0], f = gate[1], g = gate[2], o = gate[3];
            dc += dh * o * (1 - squash * squash);
            gate[0] = dc * g * i * (1 - i);
            gate[1] = dc * c * f * (1 - f);
            gate[2] = dc * i * (1 - g * g);
            gate[3] = dh * squash * o * (1 - o);
            dc *= f;
            store(&dc, dcell + at, m);
            for (size_t j = 0; j < GATES; j++)
                store(&gate[j], gates + j * units + k, m);
        }
}

/* The gradient of the recurrent weights passes through the mask of weight-drop. */
static void recurrent_gradient(const TbLstm *lstm, size_t rows, const TbLstmTape *tape, float *gradient) {
    const size_t units = lstm->layout.units, width = GATES * units;
    if (!(lstm->drop.rate > 0)) {
        tbi_linear_backward_weight(&lstm->recurrent, tape->gates, width, tape->before, units, rows, gradient,
                                   tape->scratch);
        return;
    }
    memset(tape->drecurrent, 0, width * units * sizeof *gradient);
    tbi_linear_backward_weight(&lstm->recurrent, tape->gates, width, tape->before, units, rows, tape->drecurrent,
                               tape->scratch);
    tbi_dropout(lstm->drop, NULL, width, units, tape->drecurrent, units);
    tbi_add(gradient, tape->drecurrent, width * units);
}

void tbi_lstm_backward(const TbLstm *lstm, const TbSteps *steps, const float *x, size_t ldx, float *dhidden,
                       TbLstmTape *tape, float *dx, size_t lddx, float *gradients) {
    const TbLstmLayout *layout = &lstm->layout;
    const size_t units = layout->units, width = GATES * units, rows = tbi_steps_rows(steps);
    memset(tape->dcell, 0, steps->n_sequences * units * sizeof *tape->dcell);
    for (size_t t = steps->n_steps; t-- > 0;) {
        const size_t row = steps->first[t], n = tbi_steps_running(steps, t), at = row * units;
        const size_t row_before = t ? steps->first[t - 1] : 0;
        float *gates = tape->gates + row * width;
        deactivate(n, units, dhidden + at, t ? tape->cell + row_before * units : tape->first_cell, tape->squashed + at,
                   tape->dcell, gates);
        if (t) {
            const TbLeft left = {.a = gates, .lda = width, .m = n};
            tbi_product(lstm->backend, &left, &lstm->recurrent.backward, dhidden + row_before * units, units, true,
                        tape->scratch);
        }
    }
    tbi_bias_backward(tape->gates, width, rows, (int)width, gradients + layout->bias);
    tbi_linear_backward_weight(&lstm->input, tape->gates, width, x, ldx, rows, gradients + layout->input,
                               tape->scratch);
    recurrent_gradient(lstm, rows, tape, gradients + layout->recurrent);
    if (dx)
        tbi_linear_backward_input(&lstm->input, tape->gates, width, rows, dx, lddx, tape->scratch);
}

/* ---- generation ---- */

void tbi_lstm_step(const TbLstmLayout *layout, const float *params, const float *x, float *hidden, float *cell,
                   float *gates) {
    const size_t units = layout->units, width = GATES * units;
    float *recurrent = gates + width;
    tbi_linear_small(params + layout->input, layout->in, width, x, layout->in, 1, gates, width);
    tbi_linear_small(params + layout->recurrent, units, width, hidden, units, 1, recurrent, width);
    tbi_add(gates, recurrent, width);
    float *unused = recurrent; /* the copies for the tape */
    activate(1, units, params + layout->bias, gates, cell, hidden, unused, unused + units, unused + 2 * units);
}
