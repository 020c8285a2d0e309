/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: exp, sigmoid, tanh and log(1 + exp) of sixteen floats, for functions that are TB_MULTIVERSION.
 * Bounds, which tests/test_activations.c measures over all x:
 *   exp       relative error 3e-7 for -87 <= x <= 88; x is clamped to that range
 *   sigmoid   absolute error 2e-7
 *   tanh      absolute error 3e-7
 *   softplus  absolute error 2e-7 (1 + |x|) */
#ifndef TIMBREL_NN_ACTIVATIONS_H
#define TIMBREL_NN_ACTIVATIONS_H

#include "nn/vector.h"

/* 2^n e^r, n = round(x / ln 2); e^r by its Taylor polynomial, |r| <= ln 2 / 2. Adding 1.5 2^23 rounds, and leaves n in
 * the lower bits. */
TB_INLINE void tb_exp16(TbVector *x) {
    const float shift = 12582912.0f;
    const TbVector low = {0}, high = {0};
    TbVector v = *x, bottom = low - 87.0f, top = high + 88.0f;
    v = TB_SELECT(v < bottom, bottom, v); /* NaN stays */
    v = TB_SELECT(v > top, top, v);
    TbVector shifted = v * 1.44269504088896f + shift, n = shifted - shift;
    TbVector r = v - n * 0.693359375f + n * 2.12194440e-4f; /* ln 2 in two parts */
    TbVector p = r * (1.0f / 720) + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    *x = (TbVector)((TbMask)p + ((TbMask)shifted << 23));
}

TB_INLINE void tb_sigmoid16(TbVector *x) {
    TbVector e = -*x;
    tb_exp16(&e);
    *x = 1.0f / (1.0f + e);
}

TB_INLINE void tb_tanh16(TbVector *x) {
    TbVector e = -2.0f * *x;
    tb_exp16(&e);
    *x = 2.0f / (1.0f + e) - 1.0f;
}

/* max(x, 0) + log(1 + e^-|x|). The logarithm of 1 + u, 0 <= u <= 1, is 2 atanh(s), s = u / (2 + u) <= 1/3. Fills also
 * sigmoid(x), which shares the exponential. */
TB_INLINE void tb_softplus16(TbVector *x, TbVector *sigmoid) {
    const TbVector zero = {0};
    TbVector v = *x, e = TB_SELECT(v > zero, -v, v);
    tb_exp16(&e);
    TbVector s = e / (2.0f + e), q = s * s;
    TbVector p = q * (1.0f / 13) + 1.0f / 11;
    p = p * q + 1.0f / 9;
    p = p * q + 1.0f / 7;
    p = p * q + 1.0f / 5;
    p = p * q + 1.0f / 3;
    p = p * q + 1.0f;
    TbVector inverse = 1.0f / (1.0f + e);
    *sigmoid = TB_SELECT(v > zero, inverse, e * inverse);
    *x = TB_SELECT(v > zero, v, zero) + 2.0f * s * p;
}

#endif
