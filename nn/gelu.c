/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/gelu.h"
#include "base/cpu.h"
#include "nn/activations.h"

#include <string.h>

static const float steep = 1.59576912f, cubic = 0.044715f; /* 2 sqrt(2 / pi) */

/* *x becomes the sigmoid of the inner polynomial. */
TB_INLINE void gate(TbVector *x) {
    TbVector e = -steep * (*x + cubic * *x * *x * *x);
    tb_exp16(&e);
    *x = 1.0f / (1.0f + e);
}

/* Sixteen values, or the last `n` of a row. */
TB_INLINE void forward(float *x, const float *bias, float *y, size_t n) {
    float at[TB_SIMD_WIDTH] = {0}, shift[TB_SIMD_WIDTH] = {0};
    memcpy(at, x, n * sizeof *x);
    memcpy(shift, bias, n * sizeof *bias);
    TbVector v = *(TbVector *)at + *(TbVector *)shift, g = v;
    gate(&g);
    *(TbVector *)at = v;
    memcpy(x, at, n * sizeof *x);
    *(TbVector *)at = v * g;
    memcpy(y, at, n * sizeof *y);
}

TB_MULTIVERSION void tbi_gelu_forward(float *x, size_t ld, size_t n, size_t width, const float *bias, float *y) {
    for (size_t row = 0; row < n; row++, x += ld, y += ld) {
        size_t k = 0;
        for (; k + TB_SIMD_WIDTH <= width; k += TB_SIMD_WIDTH)
            forward(x + k, bias + k, y + k, TB_SIMD_WIDTH);
        if (k < width)
            forward(x + k, bias + k, y + k, width - k);
    }
}

/* With s the sigmoid: dx = dy (s + x s (1 - s) steep (1 + 3 cubic x^2)). */
TB_INLINE void backward(float *dy, const float *x, float *dbias, size_t n) {
    float at[TB_SIMD_WIDTH] = {0}, d[TB_SIMD_WIDTH] = {0}, sum[TB_SIMD_WIDTH] = {0};
    memcpy(at, x, n * sizeof *x);
    memcpy(d, dy, n * sizeof *dy);
    memcpy(sum, dbias, n * sizeof *dbias);
    TbVector v = *(TbVector *)at, s = v;
    gate(&s);
    *(TbVector *)d *= s + v * s * (1.0f - s) * steep * (1.0f + 3 * cubic * v * v);
    *(TbVector *)sum += *(TbVector *)d;
    memcpy(dy, d, n * sizeof *dy);
    memcpy(dbias, sum, n * sizeof *dbias);
}

TB_MULTIVERSION void tbi_gelu_backward(float *dy, const float *x, size_t ld, size_t n, size_t width, float *dbias) {
    for (size_t row = 0; row < n; row++, dy += ld, x += ld) {
        size_t k = 0;
        for (; k + TB_SIMD_WIDTH <= width; k += TB_SIMD_WIDTH)
            backward(dy + k, x + k, dbias + k, TB_SIMD_WIDTH);
        if (k < width)
            backward(dy + k, x + k, dbias + k, width - k);
    }
}
