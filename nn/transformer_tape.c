/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward and backward of a worker's share of a batch. */
#include "nn/adamw.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/transformer.h"

#include <assert.h>
#include <string.h>

/* ---- memory ---- */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t product_scratch(const TbPackedTransformer *p, size_t rows) {
    const size_t width = p->net->config.width, hidden = p->net->config.hidden;
    return larger(tbi_linear_scratch(p->backend, width, 3 * width, rows),
                  larger(tbi_linear_scratch(p->backend, width, hidden, rows),
                         tbi_linear_scratch(p->backend, hidden, width, rows)));
}

void tbi_transformer_tape_init(TbTransformerTape *t, const TbPackedTransformer *packed, size_t max_rows,
                               size_t max_length, TbArena *memory) {
    const TbTransformerConfig *c = &packed->net->config;
    const size_t flat = max_rows * c->width;
    *t = (TbTransformerTape){.packed = packed, .max_rows = max_rows};
    for (size_t i = 0; i < c->n_layers; i++) {
        TbTransformerActivations *a = &t->layers[i];
        a->normalised1 = tbi_arena_floats(memory, flat);
        a->a1 = tbi_arena_floats(memory, flat);
        a->inverse1 = tbi_arena_floats(memory, max_rows);
        a->qkv = tbi_arena_floats(memory, 3 * flat);
        a->attended = tbi_arena_floats(memory, flat);
        a->log_sums = tbi_arena_floats(memory, max_rows * c->attention.n_heads);
        a->normalised2 = tbi_arena_floats(memory, flat);
        a->a2 = tbi_arena_floats(memory, flat);
        a->inverse2 = tbi_arena_floats(memory, max_rows);
        a->up = tbi_arena_floats(memory, max_rows * c->hidden);
        a->gelu = tbi_arena_floats(memory, max_rows * c->hidden);
    }
    float **const arrays[] = {&t->x, &t->y, &t->dy, &t->dx, &t->normalised, &t->branch};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        *arrays[i] = tbi_arena_floats(memory, flat);
    t->inverse = tbi_arena_floats(memory, max_rows);
    t->dhidden = tbi_arena_floats(memory, max_rows * larger(c->hidden, c->width)); /* also the gradient of `attended` */
    t->dqkv = tbi_arena_floats(memory, 3 * flat);
    t->products = tbi_arena_floats(memory, product_scratch(packed, max_rows));
    tbi_attention_scratch_init(&t->attention, packed->backend, &c->attention, max_length, memory);
}

/* ---- forward ---- */

static size_t n_rows(const TbTransformerTape *t, const TbSequences *sequences) {
    size_t rows = 0;
    for (size_t i = 0; i < sequences->n_sequences; i++)
        rows += sequences->lengths[i];
    assert(rows <= t->max_rows);
    (void)t;
    return rows;
}

/* The masks of one half of a layer. */
static void drop(const TbTransformerTape *t, const TbTransformerDropout *d, size_t half, size_t n, float *x) {
    if (!d)
        return;
    const TbDropout dropout = {tbi_dropout_key(d->seed, d->step, d->first_site + (uint32_t)half),
                               t->packed->net->config.dropout};
    tbi_dropout(dropout, d->ids, n, t->packed->net->config.width, x, t->packed->net->config.width);
}

/* x += dropout(branch + bias) */
static void add_branch(const TbTransformerTape *t, const TbTransformerDropout *d, size_t half, size_t n,
                       const float *bias) {
    const size_t width = t->packed->net->config.width;
    tbi_bias_forward(t->branch, width, n, (int)width, bias);
    drop(t, d, half, n, t->branch);
    tbi_add(t->x, t->branch, n * width);
}

static TbAttentionInput sequence_input(const TbTransformerTape *t, const float *qkv, const TbSequences *s, size_t first,
                                       size_t length) {
    const size_t ld = 3 * t->packed->net->config.width;
    return (TbAttentionInput){.qkv = qkv + first * ld, .ld = ld, .bars = s->bars ? s->bars + first : NULL, .n = length};
}

static void attend(TbTransformerTape *t, const TbAttention *attention, const TbTransformerActivations *a,
                   const TbSequences *s) {
    const size_t width = t->packed->net->config.width, n_heads = t->packed->net->config.attention.n_heads;
    for (size_t i = 0, first = 0; i < s->n_sequences; first += s->lengths[i++]) {
        const TbAttentionInput input = sequence_input(t, a->qkv, s, first, s->lengths[i]);
        tbi_attention_forward(attention, &input, a->attended + first * width, width, a->log_sums + first * n_heads,
                              &t->attention);
    }
}

void tbi_transformer_forward(TbTransformerTape *t, const TbSequences *sequences, const TbTransformerDropout *dropout) {
    const TbTransformer *net = t->packed->net;
    const float *params = t->packed->params;
    const size_t width = net->config.width, hidden = net->config.hidden, n = n_rows(t, sequences);
    for (size_t i = 0; i < net->config.n_layers; i++) {
        const TbTransformerLayer *layer = &net->layers[i];
        const TbPackedTransformerLayer *packed = &t->packed->layers[i];
        const TbTransformerActivations *a = &t->layers[i];
        tbi_layer_norm_forward(t->x, width, n, (int)width, params + layer->norm1_scale, params + layer->norm1_shift,
                               a->normalised1, a->a1, a->inverse1);
        tbi_linear_forward(&packed->qkv, a->a1, width, n, a->qkv, 3 * width, t->products);
        tbi_bias_forward(a->qkv, 3 * width, n, (int)(3 * width), params + layer->qkv_bias);
        attend(t, &packed->attention, a, sequences);
        tbi_linear_forward(&packed->out, a->attended, width, n, t->branch, width, t->products);
        add_branch(t, dropout, 2 * i, n, params + layer->out_bias);

        tbi_layer_norm_forward(t->x, width, n, (int)width, params + layer->norm2_scale, params + layer->norm2_shift,
                               a->normalised2, a->a2, a->inverse2);
        tbi_linear_forward(&packed->up, a->a2, width, n, a->up, hidden, t->products);
        tbi_gelu_forward(a->up, hidden, n, hidden, params + layer->up_bias, a->gelu);
        tbi_linear_forward(&packed->down, a->gelu, hidden, n, t->branch, width, t->products);
        add_branch(t, dropout, 2 * i + 1, n, params + layer->down_bias);
    }
    tbi_layer_norm_forward(t->x, width, n, (int)width, params + net->norm_scale, params + net->norm_shift,
                           t->normalised, t->y, t->inverse);
}

/* ---- backward ---- */

/* The gradient of a branch, from that of x. */
static void branch_gradient(const TbTransformerTape *t, const TbTransformerDropout *d, size_t half, size_t n,
                            float *dbias) {
    const size_t width = t->packed->net->config.width;
    memcpy(t->branch, t->dx, n * width * sizeof *t->branch);
    drop(t, d, half, n, t->branch);
    tbi_bias_backward(t->branch, width, n, (int)width, dbias);
}

/* dattended [rows][width] -> t->dqkv */
static void attend_backward(TbTransformerTape *t, const TbAttention *attention, const TbTransformerActivations *a,
                            const TbSequences *s, const float *dattended, float *drelative) {
    const size_t width = t->packed->net->config.width, n_heads = t->packed->net->config.attention.n_heads;
    for (size_t i = 0, first = 0; i < s->n_sequences; first += s->lengths[i++]) {
        const TbAttentionInput input = sequence_input(t, a->qkv, s, first, s->lengths[i]);
        tbi_attention_backward(attention, &input, a->attended + first * width, dattended + first * width, width,
                               a->log_sums + first * n_heads, t->dqkv + first * 3 * width, drelative, &t->attention);
    }
}

void tbi_transformer_backward(TbTransformerTape *t, const TbSequences *sequences, const TbTransformerDropout *dropout,
                              float *gradients) {
    const TbTransformer *net = t->packed->net;
    const float *params = t->packed->params;
    const size_t width = net->config.width, hidden = net->config.hidden, n = n_rows(t, sequences);
    memset(t->dx, 0, n * width * sizeof *t->dx);
    tbi_layer_norm_backward(t->dy, t->normalised, width, n, (int)width, params + net->norm_scale, t->inverse, t->dx,
                            gradients + net->norm_scale, gradients + net->norm_shift);
    for (size_t i = net->config.n_layers; i-- > 0;) {
        const TbTransformerLayer *layer = &net->layers[i];
        const TbPackedTransformerLayer *packed = &t->packed->layers[i];
        const TbTransformerActivations *a = &t->layers[i];
        branch_gradient(t, dropout, 2 * i + 1, n, gradients + layer->down_bias);
        tbi_linear_backward_weight(&packed->down, t->branch, width, a->gelu, hidden, n, gradients + layer->down,
                                   t->products);
        tbi_linear_backward_input(&packed->down, t->branch, width, n, t->dhidden, hidden, t->products);
        tbi_gelu_backward(t->dhidden, a->up, hidden, n, hidden, gradients + layer->up_bias);
        tbi_linear_backward_weight(&packed->up, t->dhidden, hidden, a->a2, width, n, gradients + layer->up,
                                   t->products);
        tbi_linear_backward_input(&packed->up, t->dhidden, hidden, n, t->branch, width, t->products);
        tbi_layer_norm_backward(t->branch, a->normalised2, width, n, (int)width, params + layer->norm2_scale,
                                a->inverse2, t->dx, gradients + layer->norm2_scale, gradients + layer->norm2_shift);

        branch_gradient(t, dropout, 2 * i, n, gradients + layer->out_bias);
        tbi_linear_backward_weight(&packed->out, t->branch, width, a->attended, width, n, gradients + layer->out,
                                   t->products);
        tbi_linear_backward_input(&packed->out, t->branch, width, n, t->dhidden, width, t->products);
        attend_backward(t, &packed->attention, a, sequences, t->dhidden, gradients + layer->relative);
        tbi_bias_backward(t->dqkv, 3 * width, n, (int)(3 * width), gradients + layer->qkv_bias);
        tbi_linear_backward_weight(&packed->qkv, t->dqkv, 3 * width, a->a1, width, n, gradients + layer->qkv,
                                   t->products);
        tbi_linear_backward_input(&packed->qkv, t->dqkv, 3 * width, n, t->branch, width, t->products);
        tbi_layer_norm_backward(t->branch, a->normalised1, width, n, (int)width, params + layer->norm1_scale,
                                a->inverse1, t->dx, gradients + layer->norm1_scale, gradients + layer->norm1_shift);
    }
}
