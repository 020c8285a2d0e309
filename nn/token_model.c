/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/token_model.h"
#include "base/no_memory.h"
#include "nn/adamw.h"
#include "nn/gelu.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void tbi_token_model_init(TbTokenModel *model, const TbTokenModelConfig *config) {
    assert(config->n_fields <= TB_MAX_FIELDS && config->n_predicted <= config->n_fields);
    *model = (TbTokenModel){.config = *config};
    TbParameters *p = &model->parameters;
    const size_t width = config->transformer.width;
    for (size_t f = 0; f < config->n_fields; f++)
        model->embeddings[f] = tbi_parameters_add(p, config->classes[f], width, false, "embedding.%zu", f);
    tbi_transformer_add(&model->transformer, &config->transformer, "transformer.", p);
    for (size_t k = 0; k < config->n_predicted; k++) {
        TbTokenHead *head = &model->heads[k];
        head->hidden = tbi_parameters_add(p, config->head_width, width, true, "head.%zu.hidden.weight", k);
        head->hidden_bias = tbi_parameters_add(p, 1, config->head_width, false, "head.%zu.hidden.bias", k);
        for (size_t j = 0; j < k; j++)
            head->given[j] =
                tbi_parameters_add(p, config->classes[j], config->head_width, false, "head.%zu.given.%zu", k, j);
        head->logits = tbi_parameters_add(p, config->classes[k], config->head_width, true, "head.%zu.weight", k);
        head->logits_bias = tbi_parameters_add(p, 1, config->classes[k], false, "head.%zu.bias", k);
    }
}

/* Embeddings of deviation 1 in sum, so that none of the fields drowns. */
void tbi_token_model_init_weights(const TbTokenModel *model, float *params, TbRng *rng) {
    const TbTokenModelConfig *c = &model->config;
    const size_t width = c->transformer.width;
    for (size_t f = 0; f < c->n_fields; f++)
        tbi_normal_weights(params + model->embeddings[f], c->classes[f] * width, 1 / sqrt((double)c->n_fields), rng);
    tbi_transformer_init_weights(&model->transformer, params, rng);
    for (size_t k = 0; k < c->n_predicted; k++) {
        const TbTokenHead *head = &model->heads[k];
        tbi_normal_weights(params + head->hidden, c->head_width * width, 1 / sqrt((double)width), rng);
        memset(params + head->hidden_bias, 0, c->head_width * sizeof *params);
        for (size_t j = 0; j < k; j++)
            tbi_normal_weights(params + head->given[j], c->classes[j] * c->head_width, 1 / sqrt((double)k), rng);
        tbi_normal_weights(params + head->logits, c->classes[k] * c->head_width, 0.1 / sqrt((double)c->head_width),
                           rng);
        memset(params + head->logits_bias, 0, c->classes[k] * sizeof *params);
    }
}

/* ---- generation ---- */

TbStatus tbi_token_stream_new(const TbTokenModel *model, const float *params, size_t capacity, TbTokenStream *s) {
    *s = (TbTokenStream){.model = model};
    tbi_transformer_stream_init(&s->transformer, &model->transformer, params, capacity, &s->memory);
    s->x = tbi_arena_floats(&s->memory, TB_STREAM_ROWS * model->config.transformer.width);
    s->y = tbi_arena_floats(&s->memory, model->config.transformer.width);
    s->hidden = tbi_arena_floats(&s->memory, model->config.head_width);
    if (!s->memory.failed)
        return TB_OK;
    tbi_token_stream_free(s);
    return tbi_no_memory("to remember %zu notes", capacity);
}

void tbi_token_stream_free(TbTokenStream *s) {
    tbi_arena_free(&s->memory);
    *s = (TbTokenStream){0};
}

void tbi_token_stream_add_all(TbTokenStream *s, const int32_t *fields, const int *bars, size_t n) {
    const size_t width = s->model->config.transformer.width, n_fields = s->model->config.n_fields;
    assert(n <= TB_STREAM_ROWS);
    memset(s->x, 0, n * width * sizeof *s->x);
    for (size_t f = 0; f < n_fields; f++)
        tbi_embedding_forward(s->transformer.params + s->model->embeddings[f], width, fields + f, n_fields, n, s->x,
                              width);
    tbi_transformer_steps(&s->transformer, s->x, bars, n, s->y);
}

void tbi_token_stream_add(TbTokenStream *s, const int32_t *fields, int bar) {
    tbi_token_stream_add_all(s, fields, &bar, 1);
}

void tbi_token_stream_logits(const TbTokenStream *s, size_t k, const int32_t *chosen, float *logits) {
    const TbTokenModelConfig *c = &s->model->config;
    const TbTokenHead *head = &s->model->heads[k];
    const float *params = s->transformer.params;
    const size_t width = c->transformer.width, hidden = c->head_width, classes = c->classes[k];
    tbi_linear_small(params + head->hidden, width, hidden, s->y, width, 1, s->hidden, hidden);
    for (size_t j = 0; j < k; j++)
        tbi_embedding_forward(params + head->given[j], hidden, &chosen[j], 1, 1, s->hidden, hidden);
    tbi_gelu_forward(s->hidden, hidden, 1, hidden, params + head->hidden_bias, s->hidden);
    tbi_linear_small(params + head->logits, hidden, classes, s->hidden, hidden, 1, logits, classes);
    tbi_add(logits, params + head->logits_bias, classes);
}
