/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cpu.h"
#include "nn/attention.h"
#include "nn/attention_blocks.h"
#include "nn/linear.h"

#include <math.h>
#include <string.h>

size_t tbi_attention_step_scratch(const TbAttentionConfig *config, size_t capacity) {
    return (capacity + 15) / 16 * 16 + tbi_relative_rows(config);
}

/* relative[rows] of one query: products with the relative keys that n cached tokens can need, or the biases. */
static void relative_logits(const TbAttention *a, size_t head, const float *q, size_t n, float *relative) {
    const TbAttentionConfig *c = &a->config;
    const size_t rows = tbi_relative_rows(c), dim = c->head_dim;
    const float *table = a->table + head * rows * tbi_relative_cols(c);
    if (c->relative == TB_RELATIVE_KEYS) {
        const size_t from = c->n_steps > n ? c->n_steps - n : 0;
        tbi_linear_small(table + from * dim, dim, rows - from, q, dim, 1, relative + from, rows);
    } else {
        for (size_t k = 0; k < rows; k++)
            relative[k] = table[k] * sqrtf((float)dim);
    }
}

TB_MULTIVERSION static void softmax(float *logits, size_t n, float scale) {
    (void)tb_softmax_row(logits, n, scale);
}

TB_MULTIVERSION static void weighted_sum(const float *weights, const float *values, size_t n, size_t dim, float *out) {
    memset(out, 0, dim * sizeof *out);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < dim; k++)
            out[k] += weights[j] * values[j * dim + k];
}

void tbi_attention_step(const TbAttention *a, const TbAttentionCache *cache, const float *qkv, const int *bars,
                        size_t t, float *out, float *scratch) {
    const TbAttentionConfig *c = &a->config;
    const size_t dim = c->head_dim, width = c->n_heads * dim, capacity = cache->capacity;
    const size_t slot = t % capacity, n = t < capacity ? t + 1 : capacity;
    float *logits = scratch, *relative = scratch + (capacity + 15) / 16 * 16;
    for (size_t head = 0; head < c->n_heads; head++) {
        const float *q = qkv + head * dim;
        float *keys = cache->keys + head * capacity * dim, *values = cache->values + head * capacity * dim;
        memcpy(keys + slot * dim, q + width, dim * sizeof *keys);
        memcpy(values + slot * dim, q + 2 * width, dim * sizeof *values);
        tbi_linear_small(keys, dim, n, q, dim, 1, logits, n);
        if (tbi_relative_rows(c))
            relative_logits(a, head, q, n, relative);
        for (size_t j = 0; c->n_steps && j < n; j++) {
            size_t distance = slot >= j ? slot - j : slot + capacity - j;
            logits[j] += relative[distance < c->n_steps ? c->n_steps - 1 - distance : 0];
        }
        for (size_t j = 0; c->n_bars && j < n; j++)
            logits[j] += relative[tb_bar_row(c, bars[slot] - bars[j])];
        softmax(logits, n, 1 / sqrtf((float)dim));
        weighted_sum(logits, values, n, dim, out + head * dim);
    }
}
