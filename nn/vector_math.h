/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: elementary functions of sixteen floats at a time (nn/vector.h). */
#ifndef TIMBREL_NN_VECTOR_MATH_H
#define TIMBREL_NN_VECTOR_MATH_H

#include "nn/vector.h"

/* *x = exp(*x), relative error 2e-7; below -87 the result is about 1e-38, above 88 about 2e38. x = n ln 2 + r with
 * |r| <= ln 2 / 2, ln 2 in two parts (Cody and Waite 1980); a polynomial for e^r with the coefficients of Cephes' expf
 * (Moshier 1992); n goes to the exponent. */
TB_INLINE void tb_vector_exp(TbVector *x) {
    const TbVector low = (TbVector){0} - 87.0f, high = (TbVector){0} + 88.0f;
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer, which is then in the low bits */
    TbVector t = *x;
    t = TB_SELECT(t > low, t, low);
    t = TB_SELECT(t < high, t, high);
    TbVector shifted = t * 1.44269504f + round, n = shifted - round;
    TbVector r = t - n * 0.693359375f + n * 2.12194440e-4f;
    TbVector p = 1.9875691500e-4f * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    TbMask exponent = ((TbMask)shifted - 0x4b400000) << 23; /* 0x4b400000: the bits of `round` */
    *x = (TbVector)((TbMask)p + exponent);
}

/* By pointer: the calling convention for vector arguments depends on the target. */
TB_INLINE float tb_vector_max(const TbVector *v) {
    float x[TB_SIMD_WIDTH];
    *(TbVector *)x = *v;
    for (int step = TB_SIMD_WIDTH / 2; step; step /= 2)
        for (int i = 0; i < step; i++)
            x[i] = x[i] > x[i + step] ? x[i] : x[i + step];
    return x[0];
}

#endif
