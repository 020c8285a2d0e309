/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/layer_norm.h"
#include "base/cpu.h"
#include "nn/vector.h"

#include <math.h>

#define AT(p) (*(TbVector *)(p))
#define CONST_AT(p) (*(const TbVector *)(p))

static const float slope = 0.1f, epsilon = 1e-5f;

TB_MULTIVERSION void tbi_bias_forward(float *y, size_t ld, size_t n, int width, const float *bias) {
    for (size_t row = 0; row < n; row++)
        for (int k = 0; k < width; k++)
            y[row * ld + (size_t)k] += bias[k];
}

TB_MULTIVERSION void tbi_bias_backward(const float *dy, size_t ld, size_t n, int width, float *db) {
    for (size_t row = 0; row < n; row++)
        for (int k = 0; k < width; k++)
            db[k] += dy[row * ld + (size_t)k];
}

/* One over the deviation of a row from its mean. */
TB_INLINE float inverse_of(const float *x, size_t size, float mean) {
    const size_t whole = size / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    TbVector squares = {0};
    for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
        TbVector d = CONST_AT(x + k) - mean;
        squares += d * d;
    }
    float square = tb_vector_sum(&squares);
    for (size_t k = whole; k < size; k++)
        square += (x[k] - mean) * (x[k] - mean);
    return 1 / sqrtf(square / (float)size + epsilon);
}

/* The row is read three times, but stays in L1 cache. The variance is computed about the mean; a single pass would
 * lose precision. */
TB_MULTIVERSION void tbi_norm_forward(float *h, size_t ld, size_t n, int width, const float *bias, const float *scale,
                                      const float *shift, float *a, float *inverse_deviation) {
    const size_t size = (size_t)width, whole = size / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    for (size_t row = 0; row < n; row++, h += ld, a += ld) {
        TbVector sums = {0};
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
            TbVector x = AT(h + k) + CONST_AT(bias + k);
            AT(h + k) = x;
            sums += x;
        }
        float sum = tb_vector_sum(&sums);
        for (size_t k = whole; k < size; k++)
            sum += h[k] += bias[k];
        const float mean = sum / (float)width;
        const float inverse = inverse_deviation[row] = inverse_of(h, size, mean);
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
            TbVector x = (AT(h + k) - mean) * inverse, u = CONST_AT(scale + k) * x + CONST_AT(shift + k),
                     small = slope * u;
            AT(h + k) = x;
            AT(a + k) = TB_SELECT(u > small, u, small);
        }
        for (size_t k = whole; k < size; k++) {
            h[k] = (h[k] - mean) * inverse;
            float u = scale[k] * h[k] + shift[k];
            a[k] = u > 0 ? u : slope * u;
        }
    }
}

/* With x the normalised row and g = du scale: dh = (g - mean(g) - x mean(g x)) / deviation. */
TB_MULTIVERSION void tbi_norm_backward(float *da, const float *normalised, size_t ld, size_t n, int width,
                                       const float *scale, const float *shift, const float *inverse_deviation,
                                       float *dbias, float *dscale, float *dshift) {
    const size_t size = (size_t)width, whole = size / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    for (size_t row = 0; row < n; row++, da += ld, normalised += ld) {
        TbVector sums = {0}, dots = {0};
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
            TbVector x = CONST_AT(normalised + k), s = CONST_AT(scale + k), du = AT(da + k), small = slope * du;
            du = TB_SELECT(s * x + CONST_AT(shift + k) > 0, du, small);
            AT(dscale + k) += du * x;
            AT(dshift + k) += du;
            TbVector g = du * s;
            AT(da + k) = g;
            sums += g;
            dots += g * x;
        }
        float sum = tb_vector_sum(&sums), dot = tb_vector_sum(&dots);
        for (size_t k = whole; k < size; k++) {
            float x = normalised[k], du = scale[k] * x + shift[k] > 0 ? da[k] : slope * da[k];
            dscale[k] += du * x;
            dshift[k] += du;
            da[k] = du * scale[k];
            sum += da[k];
            dot += da[k] * x;
        }
        const float inverse = inverse_deviation[row], mean = sum / (float)width, mean_dot = dot / (float)width;
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
            TbVector dh = inverse * (AT(da + k) - mean - CONST_AT(normalised + k) * mean_dot);
            AT(da + k) = dh;
            AT(dbias + k) += dh;
        }
        for (size_t k = whole; k < size; k++) {
            da[k] = inverse * (da[k] - mean - normalised[k] * mean_dot);
            dbias[k] += da[k];
        }
    }
}

TB_MULTIVERSION void tbi_layer_norm_forward(const float *x, size_t ld, size_t n, int width, const float *scale,
                                            const float *shift, float *normalised, float *y, float *inverse_deviation) {
    const size_t size = (size_t)width, whole = size / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    for (size_t row = 0; row < n; row++, x += ld, normalised += ld, y += ld) {
        TbVector sums = {0};
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH)
            sums += CONST_AT(x + k);
        float sum = tb_vector_sum(&sums);
        for (size_t k = whole; k < size; k++)
            sum += x[k];
        const float mean = sum / (float)width;
        const float inverse = inverse_deviation[row] = inverse_of(x, size, mean);
        for (size_t k = 0; k < size; k++) {
            normalised[k] = (x[k] - mean) * inverse;
            y[k] = scale[k] * normalised[k] + shift[k];
        }
    }
}

/* With g = dy scale: dx = (g - mean(g) - x' mean(g x')) / deviation. */
TB_MULTIVERSION void tbi_layer_norm_backward(const float *dy, const float *normalised, size_t ld, size_t n, int width,
                                             const float *scale, const float *inverse_deviation, float *dx,
                                             float *dscale, float *dshift) {
    const size_t size = (size_t)width, whole = size / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    for (size_t row = 0; row < n; row++, dy += ld, normalised += ld, dx += ld) {
        TbVector sums = {0}, dots = {0};
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
            TbVector x = CONST_AT(normalised + k), d = CONST_AT(dy + k), g = d * CONST_AT(scale + k);
            AT(dscale + k) += d * x;
            AT(dshift + k) += d;
            sums += g;
            dots += g * x;
        }
        float sum = tb_vector_sum(&sums), dot = tb_vector_sum(&dots);
        for (size_t k = whole; k < size; k++) {
            dscale[k] += dy[k] * normalised[k];
            dshift[k] += dy[k];
            sum += dy[k] * scale[k];
            dot += dy[k] * scale[k] * normalised[k];
        }
        const float inverse = inverse_deviation[row], mean = sum / (float)width, mean_dot = dot / (float)width;
        for (size_t k = 0; k < size; k++)
            dx[k] += inverse * (dy[k] * scale[k] - mean - normalised[k] * mean_dot);
    }
}
