/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/transformer.h"

#include <assert.h>
#include <math.h>

void tbi_transformer_add(TbTransformer *net, const TbTransformerConfig *config, const char *prefix,
                         TbParameters *parameters) {
    const size_t width = config->width, hidden = config->hidden;
    const TbAttentionConfig *attention = &config->attention;
    assert(config->n_layers <= TB_MAX_TRANSFORMER_LAYERS && attention->n_heads * attention->head_dim == width);
    net->config = *config;
    for (size_t i = 0; i < config->n_layers; i++) {
        TbTransformerLayer *layer = &net->layers[i];
#define ADD(member, rows, cols, decay, name)                                                                           \
    layer->member = tbi_parameters_add(parameters, rows, cols, decay, "%s%zu." name, prefix, i)
        ADD(norm1_scale, 1, width, false, "norm1.scale");
        ADD(norm1_shift, 1, width, false, "norm1.shift");
        ADD(qkv, 3 * width, width, true, "qkv.weight");
        ADD(qkv_bias, 1, 3 * width, false, "qkv.bias");
        if (tbi_relative_rows(attention))
            ADD(relative, attention->n_heads * tbi_relative_rows(attention), tbi_relative_cols(attention), false,
                "relative");
        ADD(out, width, width, true, "out.weight");
        ADD(out_bias, 1, width, false, "out.bias");
        ADD(norm2_scale, 1, width, false, "norm2.scale");
        ADD(norm2_shift, 1, width, false, "norm2.shift");
        ADD(up, hidden, width, true, "up.weight");
        ADD(up_bias, 1, hidden, false, "up.bias");
        ADD(down, width, hidden, true, "down.weight");
        ADD(down_bias, 1, width, false, "down.bias");
#undef ADD
    }
    net->norm_scale = tbi_parameters_add(parameters, 1, width, false, "%snorm.scale", prefix);
    net->norm_shift = tbi_parameters_add(parameters, 1, width, false, "%snorm.shift", prefix);
}

static void fill(float *x, size_t n, float value) {
    for (size_t i = 0; i < n; i++)
        x[i] = value;
}

void tbi_transformer_init_weights(const TbTransformer *net, float *params, TbRng *rng) {
    const TbTransformerConfig *c = &net->config;
    const size_t width = c->width, hidden = c->hidden;
    const size_t relative = c->attention.n_heads * tbi_relative_rows(&c->attention) * tbi_relative_cols(&c->attention);
    const double residual = sqrt(2 * (double)c->n_layers), narrow = 1 / sqrt((double)width);
    for (size_t i = 0; i < c->n_layers; i++) {
        const TbTransformerLayer *layer = &net->layers[i];
        fill(params + layer->norm1_scale, width, 1);
        fill(params + layer->norm1_shift, width, 0);
        tbi_normal_weights(params + layer->qkv, 3 * width * width, narrow, rng);
        fill(params + layer->qkv_bias, 3 * width, 0);
        if (c->attention.relative == TB_RELATIVE_KEYS)
            tbi_normal_weights(params + layer->relative, relative, 1 / sqrt((double)c->attention.head_dim), rng);
        else
            fill(params + layer->relative, relative, 0);
        tbi_normal_weights(params + layer->out, width * width, narrow / residual, rng);
        fill(params + layer->out_bias, width, 0);
        fill(params + layer->norm2_scale, width, 1);
        fill(params + layer->norm2_shift, width, 0);
        tbi_normal_weights(params + layer->up, hidden * width, narrow, rng);
        fill(params + layer->up_bias, hidden, 0);
        tbi_normal_weights(params + layer->down, width * hidden, 1 / sqrt((double)hidden) / residual, rng);
        fill(params + layer->down_bias, width, 0);
    }
    fill(params + net->norm_scale, width, 1);
    fill(params + net->norm_shift, width, 0);
}

/* ---- packed weights ---- */

static void init_linear(TbLinear *linear, const TbPackedTransformer *p, size_t weight, size_t in, size_t out,
                        TbArena *memory) {
    float *packed = tbi_arena_floats(memory, tbi_linear_packed_size(p->backend, in, out));
    tbi_linear_init(linear, p->backend, p->params + weight, in, out, packed);
}

void tbi_transformer_packed_init(TbPackedTransformer *p, const TbTransformer *net, TbMatmulBackend backend,
                                 const float *params, TbArena *memory) {
    const TbTransformerConfig *c = &net->config;
    *p = (TbPackedTransformer){.net = net, .params = params, .backend = backend};
    for (size_t i = 0; i < c->n_layers; i++) {
        const TbTransformerLayer *layer = &net->layers[i];
        TbPackedTransformerLayer *packed = &p->layers[i];
        init_linear(&packed->qkv, p, layer->qkv, c->width, 3 * c->width, memory);
        init_linear(&packed->out, p, layer->out, c->width, c->width, memory);
        init_linear(&packed->up, p, layer->up, c->width, c->hidden, memory);
        init_linear(&packed->down, p, layer->down, c->hidden, c->width, memory);
        tbi_attention_init(&packed->attention, backend, &c->attention, params + layer->relative, memory);
    }
}

/* Tasks alternate over the matrices of all layers, so that workers have similar loads. */
void tbi_transformer_pack(const TbPackedTransformer *p, bool backward, size_t worker, size_t n_workers) {
    size_t task = 0;
    for (size_t i = 0; i < p->net->config.n_layers; i++) {
        const TbLinear *linears[] = {&p->layers[i].qkv, &p->layers[i].out, &p->layers[i].up, &p->layers[i].down};
        for (size_t k = 0; k < sizeof linears / sizeof *linears; k++)
            for (int direction = 0; direction <= (int)backward; direction++)
                if (task++ % n_workers == worker)
                    tbi_linear_pack(linears[k], direction);
        if (task++ % n_workers == worker)
            tbi_attention_pack(&p->layers[i].attention);
    }
}
