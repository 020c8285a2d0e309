/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generation, token by token: the same layers as transformer_tape.c for one row, with caches of keys and values. */
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
    s->normalised = tbi_arena_floats(memory, c->width);
    s->a = tbi_arena_floats(memory, c->width);
    s->qkv = tbi_arena_floats(memory, 3 * c->width);
    s->hidden = tbi_arena_floats(memory, c->hidden);
    s->scratch = tbi_arena_floats(memory, tbi_attention_step_scratch(&c->attention, capacity));
}

/* x += w[width][in] input + bias */
static void add_branch(const TbTransformerStream *s, size_t weight, size_t bias, size_t in, const float *input,
                       float *x) {
    const size_t width = s->net->config.width;
    tbi_linear_small(s->params + weight, in, width, input, in, 1, s->a, width);
    tbi_add(x, s->a, width);
    tbi_add(x, s->params + bias, width);
}

void tbi_transformer_step(TbTransformerStream *s, float *x, int bar, float *y) {
    const TbTransformer *net = s->net;
    const float *params = s->params;
    const size_t width = net->config.width, hidden = net->config.hidden;
    float inverse;
    s->bars[s->t % s->capacity] = bar;
    for (size_t i = 0; i < net->config.n_layers; i++) {
        const TbTransformerLayer *layer = &net->layers[i];
        TbAttention attention;
        tbi_attention_init(&attention, TB_MATMUL_PLAIN, &net->config.attention, params + layer->relative, NULL);
        tbi_layer_norm_forward(x, width, 1, (int)width, params + layer->norm1_scale, params + layer->norm1_shift,
                               s->normalised, s->a, &inverse);
        tbi_linear_small(params + layer->qkv, width, 3 * width, s->a, width, 1, s->qkv, 3 * width);
        tbi_add(s->qkv, params + layer->qkv_bias, 3 * width);
        tbi_attention_step(&attention, &s->caches[i], s->qkv, s->bars, s->t, s->normalised, s->scratch);
        add_branch(s, layer->out, layer->out_bias, width, s->normalised, x);

        tbi_layer_norm_forward(x, width, 1, (int)width, params + layer->norm2_scale, params + layer->norm2_shift,
                               s->normalised, s->a, &inverse);
        tbi_linear_small(params + layer->up, width, hidden, s->a, width, 1, s->hidden, hidden);
        tbi_gelu_forward(s->hidden, hidden, 1, hidden, params + layer->up_bias, s->hidden);
        add_branch(s, layer->down, layer->down_bias, hidden, s->hidden, x);
    }
    tbi_layer_norm_forward(x, width, 1, (int)width, params + net->norm_scale, params + net->norm_shift, s->normalised,
                           y, &inverse);
    s->t++;
}
