/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/tape.h"
#include "nn/layer_norm.h"

void tbi_tape_init(TbTape *tape, const float *params, const TbMlp *mlp, TbMatmulBackend backend, size_t rows,
                   size_t product_rows, TbArena *arena, size_t *product_size, TbFlow *flow) {
    tape->mlp = mlp;
    tape->params = params;
    for (int i = 0; i < mlp->n_layers; i++) {
        const TbLayer *layer = &mlp->layers[i];
        size_t in = (size_t)layer->in, out = (size_t)layer->out, size = rows * tb_padded(layer->out);
        float *packed = tbi_arena_floats(arena, tbi_linear_packed_size(backend, in, out));
        if (packed)
            tbi_linear_init(&tape->linear[i], backend, params + layer->weight, in, out, packed);
        size_t product = tbi_linear_scratch(backend, in, out, product_rows);
        *product_size = product > *product_size ? product : *product_size;
        flow->widest = tb_padded(layer->in) > flow->widest ? tb_padded(layer->in) : flow->widest;
        if (layer->hidden) {
            tape->normalised[i] = tbi_arena_floats(arena, size);
            tape->a[i] = tbi_arena_floats(arena, size);
            tape->inverse_deviation[i] = tbi_arena_floats(arena, rows);
        }
    }
}

void tbi_tape_forward(const TbTape *tape, const float *x, TbShare rows, float *y, size_t ldy, float *scratch) {
    const float *params = tape->params;
    size_t ldx = tb_padded(tape->mlp->layers[0].in);
    for (int i = 0; i < tape->mlp->n_layers; i++) {
        const TbLayer *layer = &tape->mlp->layers[i];
        if (!layer->hidden) {
            tbi_linear_forward(&tape->linear[i], x, ldx, rows.n, y, ldy, scratch);
            tbi_bias_forward(y, ldy, rows.n, layer->out, params + layer->bias);
            return;
        }
        size_t ld = tb_padded(layer->out);
        float *h = tape->normalised[i] + rows.first * ld, *a = tape->a[i] + rows.first * ld;
        tbi_linear_forward(&tape->linear[i], x, ldx, rows.n, h, ld, scratch);
        tbi_norm_forward(h, ld, rows.n, layer->out, params + layer->bias, params + layer->scale, params + layer->shift,
                         a, tape->inverse_deviation[i] + rows.first);
        x = a;
        ldx = ld;
    }
}

const float *tbi_tape_backward(const TbTape *tape, const float *x, const float *dy, size_t lddy, TbShare rows,
                               float *gradients, TbBackwardTarget to, const TbFlow *flow, float *scratch) {
    const float *params = tape->params;
    for (int i = tape->mlp->n_layers - 1; i >= 0; i--) {
        const TbLayer *layer = &tape->mlp->layers[i];
        size_t ldx = tb_padded(layer->in);
        const float *layer_x = i ? tape->a[i - 1] + rows.first * ldx : x;
        if (to != TB_BACKWARD_INPUT) {
            if (!layer->hidden)
                tbi_bias_backward(dy, lddy, rows.n, layer->out, gradients + layer->bias);
            tbi_linear_backward_weight(&tape->linear[i], dy, lddy, layer_x, ldx, rows.n, gradients + layer->weight,
                                       scratch);
        }
        if (i == 0 && to == TB_BACKWARD_WEIGHTS)
            return NULL;
        float *dx = flow->flow[i & 1] + rows.first * flow->widest;
        tbi_linear_backward_input(&tape->linear[i], dy, lddy, rows.n, dx, ldx, scratch);
        if (i > 0) {
            const TbLayer *below = &tape->mlp->layers[i - 1];
            tbi_norm_backward(dx, tape->normalised[i - 1] + rows.first * ldx, ldx, rows.n, layer->in,
                              params + below->scale, params + below->shift, tape->inverse_deviation[i - 1] + rows.first,
                              gradients + below->bias, gradients + below->scale, gradients + below->shift);
        }
        dy = dx;
        lddy = ldx;
    }
    return dy;
}
