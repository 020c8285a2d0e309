// SPDX-License-Identifier: GPL-3.0-or-later
#include "vae/kernels.h"
#include "base/base.h"

#include <cblas.h>
#include <math.h>

void tb_linear_forward(const float *x, size_t ldx, size_t n, int in, const float *w, int out, float *y, size_t ldy) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, out, in, 1, x, (int)ldx, w, in, 0, y, (int)ldy);
}

void tb_linear_backward_input(const float *dy, size_t lddy, size_t n, int out, const float *w, int in, float *dx,
                              size_t lddx) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, in, out, 1, dy, (int)lddy, w, in, 0, dx, (int)lddx);
}

void tb_linear_backward_weight(const float *dy, size_t lddy, const float *x, size_t ldx, size_t n, int out, int in,
                               float *dw) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, (int)n, 1, dy, (int)lddy, x, (int)ldx, 1, dw, in);
}

TB_MULTIVERSION void tb_bias_forward(float *y, size_t ld, size_t n, int width, const float *bias) {
    for (size_t row = 0; row < n; row++)
        for (int k = 0; k < width; k++)
            y[row * ld + (size_t)k] += bias[k];
}

TB_MULTIVERSION void tb_bias_backward(const float *dy, size_t ld, size_t n, int width, float *db) {
    for (size_t row = 0; row < n; row++)
        for (int k = 0; k < width; k++)
            db[k] += dy[row * ld + (size_t)k];
}

TB_MULTIVERSION void tb_norm_forward(float *h, size_t ld, size_t n, int width, const float *bias, const float *scale,
                                     const float *shift, float *a, float *inverse_deviation) {
    for (size_t row = 0; row < n; row++, h += ld, a += ld) {
        float sum = 0, square = 0;
        for (int k = 0; k < width; k++) {
            h[k] += bias[k];
            sum += h[k];
        }
        float mean = sum / (float)width;
        for (int k = 0; k < width; k++)
            square += (h[k] - mean) * (h[k] - mean);
        float inverse = 1 / sqrtf(square / (float)width + 1e-5f);
        inverse_deviation[row] = inverse;
        for (int k = 0; k < width; k++) {
            h[k] = (h[k] - mean) * inverse;
            float u = scale[k] * h[k] + shift[k];
            a[k] = u > 0 ? u : 0.1f * u;
        }
    }
}

TB_MULTIVERSION void tb_norm_backward(float *da, const float *normalised, size_t ld, size_t n, int width,
                                      const float *scale, const float *shift, const float *inverse_deviation,
                                      float *dbias, float *dscale, float *dshift) {
    for (size_t row = 0; row < n; row++, da += ld, normalised += ld) {
        float sum = 0, dot = 0;
        for (int k = 0; k < width; k++) {
            float u = scale[k] * normalised[k] + shift[k], du = u > 0 ? da[k] : 0.1f * da[k];
            dscale[k] += du * normalised[k];
            dshift[k] += du;
            da[k] = du * scale[k];
            sum += da[k];
            dot += da[k] * normalised[k];
        }
        sum /= (float)width;
        dot /= (float)width;
        for (int k = 0; k < width; k++) {
            da[k] = inverse_deviation[row] * (da[k] - sum - normalised[k] * dot);
            dbias[k] += da[k];
        }
    }
}
