/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The slow definition of nn/transformer.h, in double. */
#ifndef TIMBREL_TESTS_NAIVE_TRANSFORMER_H
#define TIMBREL_TESTS_NAIVE_TRANSFORMER_H

#include "nn/transformer.h"
#include "tests/naive_attention.h"

static inline void naive_norm(const double *x, size_t width, const double *scale, const double *shift, double *y) {
    double mean = 0, variance = 0;
    for (size_t k = 0; k < width; k++)
        mean += x[k] / (double)width;
    for (size_t k = 0; k < width; k++)
        variance += (x[k] - mean) * (x[k] - mean) / (double)width;
    for (size_t k = 0; k < width; k++)
        y[k] = (x[k] - mean) / sqrt(variance + 1e-5) * scale[k] + shift[k];
}

static inline void naive_linear(const double *x, size_t in, const double *w, const double *bias, size_t out,
                                double *y) {
    for (size_t o = 0; o < out; o++) {
        y[o] = bias[o];
        for (size_t k = 0; k < in; k++)
            y[o] += w[o * in + k] * x[k];
    }
}

static inline double naive_gelu(double x) {
    return 0.5 * x * (1 + tanh(sqrt(2 / 3.14159265358979) * (x + 0.044715 * x * x * x)));
}

/* One sequence: x[n][width], which is overwritten, -> y. masks of dropout: [2 n_layers] of `mask_step` floats, or NULL.
 */
static inline void naive_sequence(const TbTransformer *net, const double *params, double *x, const int *bars, size_t n,
                                  size_t window, const float *masks, size_t mask_step, double *y) {
    const size_t width = net->config.width, hidden = net->config.hidden;
    double *qkv = malloc(n * 3 * width * sizeof *qkv), *attended = malloc(n * width * sizeof *attended);
    double *a = malloc(width * sizeof *a), *branch = malloc(width * sizeof *branch), *up = malloc(hidden * sizeof *up);
    for (size_t i = 0; i < net->config.n_layers; i++) {
        const TbTransformerLayer *layer = &net->layers[i];
        const float *mask = masks ? masks + 2 * i * mask_step : NULL;
        for (size_t row = 0; row < n; row++) {
            naive_norm(x + row * width, width, params + layer->norm1_scale, params + layer->norm1_shift, a);
            naive_linear(a, width, params + layer->qkv, params + layer->qkv_bias, 3 * width, qkv + row * 3 * width);
        }
        naive_attention(&net->config.attention, qkv, 3 * width, params + layer->relative, bars, n, window, attended);
        for (size_t row = 0; row < n; row++) {
            double *at = x + row * width;
            naive_linear(attended + row * width, width, params + layer->out, params + layer->out_bias, width, branch);
            for (size_t k = 0; k < width; k++)
                at[k] += branch[k] * (mask ? (double)mask[row * width + k] : 1);
            naive_norm(at, width, params + layer->norm2_scale, params + layer->norm2_shift, a);
            naive_linear(a, width, params + layer->up, params + layer->up_bias, hidden, up);
            for (size_t k = 0; k < hidden; k++)
                up[k] = naive_gelu(up[k]);
            naive_linear(up, hidden, params + layer->down, params + layer->down_bias, width, branch);
            for (size_t k = 0; k < width; k++)
                at[k] += branch[k] * (mask ? (double)mask[mask_step + row * width + k] : 1);
        }
    }
    for (size_t row = 0; row < n; row++)
        naive_norm(x + row * width, width, params + net->norm_scale, params + net->norm_shift, y + row * width);
    free(qkv), free(attended), free(a), free(branch), free(up);
}

#endif
