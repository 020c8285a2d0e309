/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products on the tile unit (Intel AMX). It multiplies bfloat16 only, so a float x is split into hi + lo, hi = bf16(x)
 * and lo = bf16(x - hi), and a b becomes a_hi b_hi + a_hi b_lo + a_lo b_hi (Henry, Tang and Heinecke 2019, "Leveraging
 * the bfloat16 artificial intelligence datatype for higher-precision computations"). The omitted term is about 2^-17 of
 * each product.
 *
 * Left tiles are 16 rows of 32 k; right tiles 16 pairs of k by 16 columns of 2 k. A packed matrix holds, for every
 * 16 rows (left) or columns (right), for every 32 k: the hi tile and the lo tile, 1 KB each. Rows and columns are
 * zero-padded to a multiple of 32, k to a multiple of 32. As 16 x 16 pairs, a left tile is the transpose of a right
 * tile. */
#include "nn/matmul.h"

#if defined(TB_HAS_AMX)

#include "nn/vector.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Linux (5.16 and later) grants the use of tile registers on request. */
static bool request_permission(void) {
    enum { ARCH_REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d, subleaves;
    if (!__get_cpuid_count(7, 0, &subleaves, &b, &c, &d) || !(d >> 22 & 1) || !(d >> 24 & 1) || subleaves < 1)
        return false;
    if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || !(a >> 5 & 1) || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl"))
        return false;
    return syscall(SYS_arch_prctl, ARCH_REQUEST_PERMISSION, TILE_DATA) == 0;
}

static bool available(void) {
    static atomic_int known; /* 0 not yet, 1 yes, 2 no */
    int state = atomic_load(&known);
    if (!state)
        atomic_store(&known, state = request_permission() ? 1 : 2);
    return state == 1;
}

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

static void pack_right(const TbRight *right) {
    pack(right->b, right->ldb, right->n, right->k, right->transposed, true, (uint16_t *)right->packed);
}

AMX static void configure(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        config.row_bytes[i] = 64;
        config.rows[i] = SIDE;
    }
    _tile_loadconfig(&config);
}

/* 32 x 32 of c from `depth` tiles; left and right are two rows of tiles each, `left_next` and `right_next` apart. */
INLINE void block(const uint16_t *left, size_t left_next, const uint16_t *right, size_t right_next, size_t depth,
                  float *c, size_t ldc, bool add) {
    if (add) {
        _tile_loadd(0, c, ldc * sizeof *c);
        _tile_loadd(1, c + SIDE, ldc * sizeof *c);
        _tile_loadd(2, c + SIDE * ldc, ldc * sizeof *c);
        _tile_loadd(3, c + SIDE * ldc + SIDE, ldc * sizeof *c);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t d = 0; d < depth; d++, left += 2 * TILE, right += 2 * TILE) {
        _tile_loadd(4, left, 64); /* hi by hi */
        _tile_loadd(6, right, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(5, left + left_next, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_loadd(7, right + right_next, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(4, left + TILE, 64); /* lo by hi */
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, left + left_next + TILE, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(4, left, 64); /* hi by lo */
        _tile_loadd(6, right + TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(5, left + left_next, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_loadd(7, right + right_next + TILE, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, ldc * sizeof *c);
    _tile_stored(1, c + SIDE, ldc * sizeof *c);
    _tile_stored(2, c + SIDE * ldc, ldc * sizeof *c);
    _tile_stored(3, c + SIDE * ldc + SIDE, ldc * sizeof *c);
}

/* 16 x 32 of c, for few rows: hi and lo on the left, hi alone on the right. */
INLINE void low_block(const uint16_t *left, const uint16_t *right, size_t right_next, size_t depth, float *c,
                      float *c2) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2); /* separate sums for lo by hi: consecutive products into the same tile register would stall */
    _tile_zero(3);
    for (size_t d = 0; d < depth; d++, left += 2 * TILE, right += TILE) {
        _tile_loadd(4, left, 64);
        _tile_loadd(6, right, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, right + right_next, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, left + TILE, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, BLOCK * sizeof *c);
    _tile_stored(1, c + SIDE, BLOCK * sizeof *c);
    _tile_stored(2, c2, BLOCK * sizeof *c);
    _tile_stored(3, c2 + SIDE, BLOCK * sizeof *c);
}

/* c = left right, for up to SIDE rows whose left side is packed in `l`. */
AMX static void low_product(const uint16_t *l, size_t m, const TbRight *right, float *c, size_t ldc) {
    const size_t n = right->n, depth = depth_tiles(right->k), next = depth * TILE;
    const uint16_t *r = (const uint16_t *)right->packed;
    _Alignas(64) float x[SIDE * BLOCK], y[SIDE * BLOCK];
    for (size_t j = 0; j < n; j += BLOCK) {
        size_t columns = n - j < BLOCK ? n - j : BLOCK;
        low_block(l, r + j / SIDE * next, next, depth, x, y);
        for (size_t i = 0; i < m; i++)
            for (size_t k = 0; k < columns; k++)
                c[i * ldc + j + k] = x[i * BLOCK + k] + y[i * BLOCK + k];
    }
}

static void halve(const TbRight *right) {
    uint16_t *p = (uint16_t *)right->packed;
    size_t n = side_tiles(right->n) * depth_tiles(right->k);
    for (size_t i = 1; i < n; i++)
        memmove(p + i * TILE, p + 2 * i * TILE, TILE * sizeof *p);
}

AMX static void few(const TbLeft *left, const TbRight *right, float *c, size_t ldc, float *scratch) {
    uint16_t *packed = (uint16_t *)scratch;
    configure();
    for (size_t first = 0; first < left->m; first += SIDE) {
        size_t rows = left->m - first < SIDE ? left->m - first : SIDE;
        pack(left->a + first * left->lda, left->lda, rows, right->k, true, false, packed);
        low_product(packed, rows, right, c + first * ldc, ldc);
    }
    _tile_release();
}

/* Blocks on the edge of the matrix are computed in a temporary square. */
static void copy_edge(const float *from, size_t ld_from, float *to, size_t ld_to, size_t rows, size_t columns) {
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * ld_to, from + i * ld_from, columns * sizeof(float));
}

/* c += or = left right, for up to STRIP rows whose left side is packed in `l`. */
AMX static void strip_product(const uint16_t *l, size_t m, const TbRight *right, float *c, size_t ldc, bool add) {
    const size_t n = right->n, depth = depth_tiles(right->k), next = depth * 2 * TILE;
    const uint16_t *r = (const uint16_t *)right->packed;
    _Alignas(64) float edge[BLOCK * BLOCK];
    for (size_t d = 0; d < depth; d += DEPTH_TILES) {
        size_t n_depth = depth - d < DEPTH_TILES ? depth - d : DEPTH_TILES;
        bool adding = add || d > 0;
        for (size_t i = 0; i < m; i += BLOCK)
            for (size_t j = 0; j < n; j += BLOCK) {
                const uint16_t *l_block = l + i / SIDE * next + d * 2 * TILE;
                const uint16_t *r_block = r + j / SIDE * next + d * 2 * TILE;
                size_t rows = m - i < BLOCK ? m - i : BLOCK, columns = n - j < BLOCK ? n - j : BLOCK;
                if (rows == BLOCK && columns == BLOCK) {
                    block(l_block, next, r_block, next, n_depth, c + i * ldc + j, ldc, adding);
                    continue;
                }
                if (adding)
                    copy_edge(c + i * ldc + j, ldc, edge, BLOCK, rows, columns);
                block(l_block, next, r_block, next, n_depth, edge, BLOCK, adding);
                copy_edge(edge, BLOCK, c + i * ldc + j, ldc, rows, columns);
            }
    }
}

/* The left side is packed strip by strip just before use, while it is in cache. */
AMX static void product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch) {
    const size_t step = left->transposed ? STRIP : BLOCK;
    uint16_t *packed = (uint16_t *)scratch;
    configure();
    for (size_t first = 0; first < left->m; first += step) {
        size_t rows = left->m - first < step ? left->m - first : step;
        pack(left->a + (left->transposed ? first : first * left->lda), left->lda, rows, right->k, !left->transposed,
             false, packed);
        strip_product(packed, rows, right, c + first * ldc, ldc, add);
    }
    _tile_release();
}

const TbMatmulKernels tbi_amx_kernels = {
    .available = available,
    .packed_size = packed_size,
    .scratch = scratch_size,
    .pack = pack_right,
    .product = product,
    .halve = halve,
    .few = few,
};

#endif
