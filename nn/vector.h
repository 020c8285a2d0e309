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

/* The sums of four vectors, each added up in the same order as above: the halves, quarters and eighths of all of them
 * stand side by side. Short dot products spend most of their time on this. */
TB_INLINE void tb_vector_sums(const TbVector v[4], float sums[4]) {
    typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));
    typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
#define TB_HALVES(a, b, from)                                                                                          \
    __builtin_shufflevector(a, b, (from), (from) + 1, (from) + 2, (from) + 3, (from) + 4, (from) + 5, (from) + 6,      \
                            (from) + 7, (from) + 16, (from) + 17, (from) + 18, (from) + 19, (from) + 20, (from) + 21,  \
                            (from) + 22, (from) + 23)
#define TB_QUARTERS(a, b, from)                                                                                        \
    __builtin_shufflevector(a, b, (from), (from) + 1, (from) + 2, (from) + 3, (from) + 8, (from) + 9, (from) + 10,     \
                            (from) + 11, (from) + 16, (from) + 17, (from) + 18, (from) + 19, (from) + 24, (from) + 25, \
                            (from) + 26, (from) + 27)
    const TbVector a = TB_HALVES(v[0], v[1], 0) + TB_HALVES(v[0], v[1], 8);
    const TbVector b = TB_HALVES(v[2], v[3], 0) + TB_HALVES(v[2], v[3], 8);
    const TbVector c = TB_QUARTERS(a, b, 0) + TB_QUARTERS(a, b, 4);
    const Eight d = __builtin_shufflevector(c, c, 0, 1, 4, 5, 8, 9, 12, 13) +
                    __builtin_shufflevector(c, c, 2, 3, 6, 7, 10, 11, 14, 15);
    *(Four *)sums = __builtin_shufflevector(d, d, 0, 2, 4, 6) + __builtin_shufflevector(d, d, 1, 3, 5, 7);
#undef TB_HALVES
#undef TB_QUARTERS
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
