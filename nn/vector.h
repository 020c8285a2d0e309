/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: sixteen floats at any address, lowered by the compiler to what the target has: one AVX-512
 * register, two AVX or four SSE registers. For sums over a row, which the compiler may not reorder by itself. */
#ifndef TIMBREL_NN_VECTOR_H
#define TIMBREL_NN_VECTOR_H

#include <stddef.h>

enum { TB_SIMD_WIDTH = 16 };
typedef float TbVector __attribute__((vector_size(64), aligned(4), may_alias));

typedef int TbMask __attribute__((vector_size(64), aligned(4), may_alias));

/* Lane by lane: mask ? a : b, where the mask comes from a comparison (all bits or none). */
#define TB_SELECT(mask, a, b) ((TbVector)(((TbMask)(a) & (mask)) | ((TbMask)(b) & ~(mask))))

#define TB_INLINE static inline __attribute__((always_inline))

/* Before a loop of at most n rounds, whose number is known when it is compiled: unrolls it, so that an array that it
 * walks can live in registers. Clang has to be told "full": what it unrolls n times it unrolls too late for that. */
#define TB_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define TB_UNROLL(n) TB_PRAGMA(clang loop unroll(full))
#define TB_NO_UNROLL TB_PRAGMA(clang loop unroll(disable))
#else
#define TB_UNROLL(n) TB_PRAGMA(GCC unroll n)
#define TB_NO_UNROLL TB_PRAGMA(GCC unroll 1)
#endif

/* By pointer: the calling convention for vector arguments depends on the target. */
TB_INLINE float tb_vector_sum(const TbVector *v) {
    float x[TB_SIMD_WIDTH];
    *(TbVector *)x = *v;
    for (int step = TB_SIMD_WIDTH / 2; step; step /= 2)
        for (int i = 0; i < step; i++)
            x[i] += x[i + step];
    return x[0];
}

TB_INLINE float tb_vector_max(const TbVector *v) {
    float x[TB_SIMD_WIDTH];
    *(TbVector *)x = *v;
    for (int step = TB_SIMD_WIDTH / 2; step; step /= 2)
        for (int i = 0; i < step; i++)
            x[i] = x[i] > x[i + step] ? x[i] : x[i + step];
    return x[0];
}

#endif
