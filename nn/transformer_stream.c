/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generation, token by token: the same layers as transformer_tape.c for a few rows, with caches of keys and values. */
#include "nn/adamw.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/transformer.h"

void tbi_transformer_stream_init(TbTransformerStream *s, const TbTransformer *net, const float *params, size_t capacity,
                                 TbArena *memory) {
    const TbTransformerConfig *c = &net->config;
    *s = (TbTransformerStream){.net = net, .params = params, .capacity = capacity};
    for (size_t i = 0; i < c->n_layers; i++) {
        s->caches[i].capacity = capacity;
        s->caches[i].keys = tbi_arena_floats(memory, capacity * c->width);
        s->caches[i].values = tbi_arena_floats(memory, capacity * c->width);
    }
    s->bars = tbi_arena_alloc(memory, capacity, sizeof *s->bars);
    s->normalised = tbi_arena_floats(memory, TB_STREAM_ROWS * c->width);
    s->a = tbi_arena_floats(memory, TB_STREAM_ROWS * c->width);
    s->qkv = tbi_arena_floats(memory, TB_STREAM_ROWS * 3 * c->width);
    s->hidden = tbi_arena_floats(memory, TB_STREAM_ROWS * c->hidden);
    s->scratch = tbi_arena_floats(memory, tbi_attention_step_scratch(&c->attention, capacity));
}

static void add_bias(float *x, const float *bias, size_t n, size_t width) {
    for (size_t row = 0; row < n; row++)
        tbi_add(x + row * width, bias, width);
}

/* x += w[width][in] input + bias, for n rows */
static void add_branch(const TbTransformerStream *s, size_t weight, size_t bias, size_t in, const float *input,
                       size_t n, float *x) {
    const size_t width = s->net->config.width;
    tbi_linear_small(s->params + weight, in, width, input, in, n, s->a, width);
    tbi_add(x, s->a, n * width);
    add_bias(x, s->params + bias, n, width);
}

/* n tokens, up to TB_STREAM_ROWS, of which none is forgotten. */
static void run_rows(TbTransformerStream *s, float *x, size_t n) {
    const TbTransformer *net = s->net;
    const float *params = s->params;
    const size_t width = net->config.width, hidden = net->config.hidden;
    float inverse[TB_STREAM_ROWS];
    for (size_t i = 0; i < net->config.n_layers; i++) {
        const TbTransformerLayer *layer = &net->layers[i];
        TbAttention attention;
        tbi_attention_init(&attention, TB_MATMUL_PLAIN, &net->config.attention, params + layer->relative, NULL);
        tbi_layer_norm_forward(x, width, n, (int)width, params + layer->norm1_scale, params + layer->norm1_shift,
                               s->normalised, s->a, inverse);
        tbi_linear_small(params + layer->qkv, width, 3 * width, s->a, width, n, s->qkv, 3 * width);
        add_bias(s->qkv, params + layer->qkv_bias, n, 3 * width);
        for (size_t row = 0; row < n; row++)
            tbi_attention_step(&attention, &s->caches[i], s->qkv + row * 3 * width, s->bars, s->t + row,
                               s->normalised + row * width, s->scratch);
        add_branch(s, layer->out, layer->out_bias, width, s->normalised, n, x);

        tbi_layer_norm_forward(x, width, n, (int)width, params + layer->norm2_scale, params + layer->norm2_shift,
                               s->normalised, s->a, inverse);
        tbi_linear_small(params + layer->up, width, hidden, s->a, width, n, s->hidden, hidden);
        tbi_gelu_forward(s->hidden, hidden, n, hidden, params + layer->up_bias, s->hidden);
        add_branch(s, layer->down, layer->down_bias, hidden, s->hidden, n, x);
    }
}

void tbi_transformer_steps(TbTransformerStream *s, float *x, const int *bars, size_t n, float *y) {
    const TbTransformer *net = s->net;
    const size_t width = net->config.width;
    float inverse;
    for (size_t rows; n > 0; n -= rows, x += rows * width, bars += rows, s->t += rows) {
        const size_t most = n < TB_STREAM_ROWS ? n : TB_STREAM_ROWS;
        rows = s->t + most <= s->capacity ? most : 1; /* the bars of what one token forgets, the one before it needs */
        for (size_t row = 0; row < rows; row++)
            s->bars[(s->t + row) % s->capacity] = bars[row];
        run_rows(s, x, rows);
        if (rows == n)
            tbi_layer_norm_forward(x + (n - 1) * width, width, 1, (int)width, s->params + net->norm_scale,
                                   s->params + net->norm_shift, s->normalised, y, &inverse);
    }
}

void tbi_transformer_step(TbTransformerStream *s, float *x, int bar, float *y) {
    tbi_transformer_steps(s, x, &bar, 1, y);
}
