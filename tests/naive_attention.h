/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The slow definition of nn/attention.h, in double. */
#ifndef TIMBREL_TESTS_NAIVE_ATTENTION_H
#define TIMBREL_TESTS_NAIVE_ATTENTION_H

#include "nn/attention.h"

#include <math.h>
#include <stdlib.h>

static inline double naive_relative(const TbAttentionConfig *c, const double *table, size_t head, size_t row,
                                    const double *q) {
    const size_t cols = tbi_relative_cols(c);
    const double *at = table + (head * tbi_relative_rows(c) + row) * cols;
    if (c->relative == TB_RELATIVE_BIAS)
        return *at * sqrt((double)c->head_dim);
    double sum = 0;
    for (size_t k = 0; k < cols; k++)
        sum += q[k] * at[k];
    return sum;
}

/* The logit of query i and key j <= i. */
static inline double naive_logit(const TbAttentionConfig *c, const double *qkv, size_t ld, const double *table,
                                 const int *bars, size_t head, size_t i, size_t j) {
    const double *q = qkv + i * ld + head * c->head_dim;
    const double *k = qkv + j * ld + (c->n_heads + head) * c->head_dim;
    double sum = 0;
    for (size_t at = 0; at < c->head_dim; at++)
        sum += q[at] * k[at];
    if (c->n_steps) {
        size_t distance = i - j < c->n_steps ? i - j : c->n_steps - 1;
        sum += naive_relative(c, table, head, c->n_steps - 1 - distance, q);
    }
    if (c->n_bars) {
        int distance = bars[i] - bars[j];
        if (distance > (int)c->n_bars - 1)
            distance = (int)c->n_bars - 1;
        if (distance < -(int)c->n_bars_ahead)
            distance = -(int)c->n_bars_ahead;
        sum += naive_relative(c, table, head, c->n_steps + (size_t)((int)c->n_bars_ahead + distance), q);
    }
    return sum / sqrt((double)c->head_dim);
}

/* Every query attends to the last `window` keys. out[n][n_heads * head_dim] */
static inline void naive_attention(const TbAttentionConfig *c, const double *qkv, size_t ld, const double *table,
                                   const int *bars, size_t n, size_t window, double *out) {
    const size_t width = c->n_heads * c->head_dim;
    double *weight = malloc(n * sizeof *weight);
    for (size_t head = 0; head < c->n_heads; head++)
        for (size_t i = 0; i < n; i++) {
            const size_t first = i + 1 > window ? i + 1 - window : 0;
            double total = 0, max = -INFINITY, *y = out + i * width + head * c->head_dim;
            for (size_t j = first; j <= i; j++)
                max = fmax(max, weight[j] = naive_logit(c, qkv, ld, table, bars, head, i, j));
            for (size_t j = first; j <= i; j++)
                total += weight[j] = exp(weight[j] - max);
            for (size_t k = 0; k < c->head_dim; k++) {
                y[k] = 0;
                for (size_t j = first; j <= i; j++)
                    y[k] += weight[j] / total * qkv[j * ld + 2 * width + head * c->head_dim + k];
            }
        }
    free(weight);
}

#endif
