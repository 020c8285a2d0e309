/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: bias, LayerNorm with and without LeakyReLU, forward and backward. Row-major; `ld` is the row stride in
 * floats. Backward functions ADD to gradients of weights and OVERWRITE gradients of activations. RT. */
#ifndef TIMBREL_NN_LAYER_NORM_H
#define TIMBREL_NN_LAYER_NORM_H

#include <stddef.h>

/* Forward: y[n][width] += bias. Backward: db[width] += column sums of dy. */
void tbi_bias_forward(float *y, size_t ld, size_t n, int width, const float *bias);
void tbi_bias_backward(const float *dy, size_t ld, size_t n, int width, float *db);

/* Bias, LayerNorm (Ba et al. 2016, epsilon 1e-5) and LeakyReLU (slope 0.1) in one pass: a = lrelu(scale h' + shift),
 * h' = normalised (h + bias). Overwrites h with h', which backward needs, and fills inverse_deviation[n]. */
void tbi_norm_forward(float *h, size_t ld, size_t n, int width, const float *bias, const float *scale,
                      const float *shift, float *a, float *inverse_deviation);

/* Turns da into dh in place, where h is the output of the linear layer; adds to dbias, dscale, dshift. */
void tbi_norm_backward(float *da, const float *normalised, size_t ld, size_t n, int width, const float *scale,
                       const float *shift, const float *inverse_deviation, float *dbias, float *dscale, float *dshift);

/* LayerNorm alone: y = scale x' + shift, x' = normalised x. Fills normalised and inverse_deviation[n], which backward
 * needs. All rows have the stride ld. */
void tbi_layer_norm_forward(const float *x, size_t ld, size_t n, int width, const float *scale, const float *shift,
                            float *normalised, float *y, float *inverse_deviation);

/* ADDS the gradient of x to dx, where the residual path around the norm has its part already; adds to dscale and
 * dshift. */
void tbi_layer_norm_backward(const float *dy, const float *normalised, size_t ld, size_t n, int width,
                             const float *scale, const float *inverse_deviation, float *dx, float *dscale,
                             float *dshift);

#endif
