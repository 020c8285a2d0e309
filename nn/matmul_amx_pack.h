/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/matmul_amx.c: splits floats into two bfloat16 and packs them into tiles of Intel AMX.
 *
 * Left tiles are 16 rows of 32 k; right tiles 16 pairs of k by 16 columns of 2 k. A packed matrix holds, for every
 * 16 rows (left) or columns (right), for every 32 k: the hi tile and the lo tile, 1 KB each. Rows and columns are
 * zero-padded to a multiple of 32, k to a multiple of 32. As 16 x 16 pairs, a left tile is the transpose of a right
 * tile. */
#ifndef TIMBREL_NN_MATMUL_AMX_PACK_H
#define TIMBREL_NN_MATMUL_AMX_PACK_H

#include "nn/vector.h"

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define AMX __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16,amx-tile,amx-bf16")))
#define INLINE static inline __attribute__((always_inline)) AMX

enum {
    SIDE = 16,
    DEPTH = 32,
    TILE = SIDE * DEPTH /* bfloat16s */,
    BLOCK = 2 * SIDE,
    STRIP = 4 * BLOCK, /* columns of a transposed left side packed at a time */
    DEPTH_TILES = 16   /* of one block: its 128 KB fit into L2 */
};

static size_t side_tiles(size_t n) {
    return (n + 2 * SIDE - 1) / (2 * SIDE) * 2;
}
static size_t depth_tiles(size_t k) {
    return (k + DEPTH - 1) / DEPTH;
}
static size_t packed_size(size_t k, size_t n) {
    return side_tiles(n) * depth_tiles(k) * TILE;
}
static size_t scratch_size(size_t m, size_t k) {
    return packed_size(k, m < STRIP ? m : STRIP);
}

INLINE __mmask16 first_lanes(size_t n) {
    return n >= SIDE ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1);
}

/* Transposes 16 x 16 pairs in registers. */
INLINE void transpose(__m512i r[SIDE]) {
    __m512i t[SIDE];
    TB_UNROLL(8)
    for (int i = 0; i < SIDE; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    TB_UNROLL(4)
    for (int i = 0; i < SIDE; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    TB_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    TB_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

INLINE void store_tile(__m512i r[SIDE], bool transposed, uint16_t *to) {
    if (transposed)
        transpose(r);
    TB_UNROLL(16)
    for (int i = 0; i < SIDE; i++)
        _mm512_store_si512(to + i * DEPTH, r[i]);
}

/* Packs 16 rows by 32 k of x[rows][columns], with k contiguous in memory. */
INLINE void split_along(const float *x, size_t ld, size_t rows, size_t columns, bool transposed, uint16_t *to) {
    __m512i hi[SIDE], lo[SIDE];
    __mmask16 m0 = first_lanes(columns), m1 = columns > SIDE ? first_lanes(columns - SIDE) : 0;
    TB_UNROLL(16)
    for (size_t i = 0; i < SIDE; i++) {
        __m512 x0 = _mm512_setzero_ps(), x1 = x0;
        if (i < rows) {
            x0 = _mm512_maskz_loadu_ps(m0, x + i * ld);
            x1 = _mm512_maskz_loadu_ps(m1, x + i * ld + SIDE);
        }
        hi[i] = (__m512i)_mm512_cvtne2ps_pbh(x1, x0);
        __m512i h0 = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(hi[i]));
        __m512i h1 = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(hi[i], 1));
        x0 = _mm512_sub_ps(x0, _mm512_castsi512_ps(_mm512_slli_epi32(h0, 16)));
        x1 = _mm512_sub_ps(x1, _mm512_castsi512_ps(_mm512_slli_epi32(h1, 16)));
        lo[i] = (__m512i)_mm512_cvtne2ps_pbh(x1, x0);
    }
    store_tile(hi, transposed, to);
    store_tile(lo, transposed, to + TILE);
}

/* Packs 32 k by 16 columns of x[rows][columns], with k across the rows. A pair of k is the low and the high half of
 * 32 bits, which are also the upper bits of the floats they represent. */
INLINE void split_down(const float *x, size_t ld, size_t rows, size_t columns, bool transposed, uint16_t *to) {
    __m512i hi[SIDE], lo[SIDE];
    const __m512i upper = _mm512_set1_epi32((int)0xffff0000),
                  interleave = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                                6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    __mmask16 mask = first_lanes(columns);
    TB_UNROLL(16)
    for (size_t i = 0; i < SIDE; i++) {
        __m512 x0 = _mm512_setzero_ps(), x1 = x0;
        if (2 * i < rows)
            x0 = _mm512_maskz_loadu_ps(mask, x + 2 * i * ld);
        if (2 * i + 1 < rows)
            x1 = _mm512_maskz_loadu_ps(mask, x + (2 * i + 1) * ld);
        hi[i] = _mm512_permutexvar_epi16(interleave, (__m512i)_mm512_cvtne2ps_pbh(x1, x0));
        x0 = _mm512_sub_ps(x0, _mm512_castsi512_ps(_mm512_slli_epi32(hi[i], 16)));
        x1 = _mm512_sub_ps(x1, _mm512_castsi512_ps(_mm512_and_si512(hi[i], upper)));
        lo[i] = _mm512_permutexvar_epi16(interleave, (__m512i)_mm512_cvtne2ps_pbh(x1, x0));
    }
    store_tile(hi, transposed, to);
    store_tile(lo, transposed, to + TILE);
}

INLINE void pack_tile(const float *x, size_t ld, size_t n_left, size_t k_left, bool along, bool transposed,
                      uint16_t *to) {
    if (!n_left)
        memset(to, 0, 2 * TILE * sizeof *to);
    else if (along)
        split_along(x, ld, n_left, k_left, transposed, to);
    else
        split_down(x, ld, k_left, n_left, transposed, to);
}

/* `along`: k is contiguous in memory, x[n][k]; else x[k][n]. `right`: which of the two tile formats to make. Whole
 * tiles have calls with constant arguments, so that the compiler removes the branches. Tiles are made in the memory
 * order of x. */
AMX static void pack(const float *x, size_t ld, size_t n, size_t k, bool along, bool right, uint16_t *to) {
    const size_t n_side = side_tiles(n), n_depth = depth_tiles(k), n_outer = along ? n_side : n_depth;
    const size_t n_inner = along ? n_depth : n_side;
    const bool transposed = along == right;
    for (size_t outer = 0; outer < n_outer; outer++)
        for (size_t inner = 0; inner < n_inner; inner++) {
            size_t s = along ? outer : inner, d = along ? inner : outer;
            size_t n_left = s * SIDE < n ? n - s * SIDE : 0, k_left = k - d * DEPTH;
            const float *from = along ? x + s * SIDE * ld + d * DEPTH : x + d * DEPTH * ld + s * SIDE;
            uint16_t *tile = to + (s * n_depth + d) * 2 * TILE;
            if (n_left < SIDE || k_left < DEPTH)
                pack_tile(from, ld, n_left, k_left, along, transposed, tile);
            else if (along && transposed)
                pack_tile(from, ld, SIDE, DEPTH, true, true, tile);
            else if (along)
                pack_tile(from, ld, SIDE, DEPTH, true, false, tile);
            else if (transposed)
                pack_tile(from, ld, SIDE, DEPTH, false, true, tile);
            else
                pack_tile(from, ld, SIDE, DEPTH, false, false, tile);
        }
}

#endif
