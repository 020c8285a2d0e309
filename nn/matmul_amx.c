/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products on the tile unit (Intel AMX). It multiplies bfloat16 only, so a float x is split into hi + lo, hi = bf16(x)
 * and lo = bf16(x - hi), and a b becomes a_hi b_hi + a_hi b_lo + a_lo b_hi (Henry, Tang and Heinecke 2019, "Leveraging
 * the bfloat16 artificial intelligence datatype for higher-precision computations"). The omitted term is about 2^-17 of
 * each product. nn/matmul_amx_pack.h defines the packed format. */
#include "nn/matmul.h"

#if defined(TB_HAS_AMX)

#include "nn/matmul_amx_pack.h"

#include <cpuid.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static void pack_right(const TbRight *right) {
    pack(right->b, right->ldb, right->n, right->k, right->transposed, true, (uint16_t *)right->packed);
}

/* rows: of the left tiles and the sums, up to SIDE. */
AMX static void configure(size_t rows) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        config.row_bytes[i] = 64;
        config.rows[i] = i < 6 ? (uint8_t)rows : SIDE; /* 6 and 7 are right tiles */
    }
    _tile_loadconfig(&config);
}

INLINE void zero_sums(void) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
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
        zero_sums();
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

/* The first rows of c, as many as tiles are configured for, by `tiles` (2 or 4) tiles of columns: each sum gets its
 * products in the order of `block`. */
INLINE void row_block(const uint16_t *left, const uint16_t *right, size_t right_next, size_t depth, float *c,
                      size_t ldc, bool add, int tiles) {
    if (add) {
        _tile_loadd(0, c, ldc * sizeof *c);
        _tile_loadd(1, c + SIDE, ldc * sizeof *c);
        if (tiles == 4) {
            _tile_loadd(2, c + 2 * SIDE, ldc * sizeof *c);
            _tile_loadd(3, c + 3 * SIDE, ldc * sizeof *c);
        }
    } else {
        zero_sums();
    }
    for (size_t d = 0; d < depth; d++, left += 2 * TILE, right += 2 * TILE) {
        _tile_loadd(4, left, 64);        /* hi */
        _tile_loadd(5, left + TILE, 64); /* lo */
        _tile_loadd(6, right, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, right + right_next, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(0, 5, 6);
        _tile_dpbf16ps(1, 5, 7);
        if (tiles == 4) {
            _tile_loadd(6, right + 2 * right_next, 64);
            _tile_dpbf16ps(2, 4, 6);
            _tile_loadd(7, right + 3 * right_next, 64);
            _tile_dpbf16ps(3, 4, 7);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
        _tile_loadd(6, right + TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, right + right_next + TILE, 64);
        _tile_dpbf16ps(1, 4, 7);
        if (tiles == 4) {
            _tile_loadd(6, right + 2 * right_next + TILE, 64);
            _tile_dpbf16ps(2, 4, 6);
            _tile_loadd(7, right + 3 * right_next + TILE, 64);
            _tile_dpbf16ps(3, 4, 7);
        }
    }
    _tile_stored(0, c, ldc * sizeof *c);
    _tile_stored(1, c + SIDE, ldc * sizeof *c);
    if (tiles == 4) {
        _tile_stored(2, c + 2 * SIDE, ldc * sizeof *c);
        _tile_stored(3, c + 3 * SIDE, ldc * sizeof *c);
    }
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
    for (size_t first = 0; first < left->m; first += SIDE) {
        size_t rows = left->m - first < SIDE ? left->m - first : SIDE;
        configure(rows); /* a product takes as long as it has rows */
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

/* c += or = left right, for up to SIDE rows, as many as tiles are configured for. The right side, which is read once,
 * is the limit. */
AMX static void few_rows(const uint16_t *l, size_t m, const TbRight *right, float *c, size_t ldc, bool add) {
    const size_t n = right->n, depth = depth_tiles(right->k), next = depth * 2 * TILE, whole = n / BLOCK * BLOCK;
    const uint16_t *r = (const uint16_t *)right->packed;
    _Alignas(64) float edge[SIDE * BLOCK];
    size_t j = 0;
    for (; j + 2 * BLOCK <= n; j += 2 * BLOCK)
        row_block(l, r + j / SIDE * next, next, depth, c + j, ldc, add, 4);
    if (j < whole)
        row_block(l, r + j / SIDE * next, next, depth, c + j, ldc, add, 2);
    if (whole < n) {
        if (add)
            copy_edge(c + whole, ldc, edge, BLOCK, m, n - whole);
        row_block(l, r + whole / SIDE * next, next, depth, edge, BLOCK, add, 2);
        copy_edge(edge, BLOCK, c + whole, ldc, m, n - whole);
    }
}

/* The left side is packed strip by strip just before use, while it is in cache. */
AMX static void product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch) {
    const size_t step = left->transposed ? STRIP : BLOCK;
    uint16_t *packed = (uint16_t *)scratch;
    if (!left->m)
        return; /* a tile of no rows is an invalid configuration */
    if (left->m <= SIDE) {
        configure(left->m);
        pack(left->a, left->lda, left->m, right->k, !left->transposed, false, packed);
        few_rows(packed, left->m, right, c, ldc, add);
        _tile_release();
        return;
    }
    configure(SIDE);
    for (size_t first = 0; first < left->m; first += step) {
        size_t rows = left->m - first < step ? left->m - first : step;
        pack(left->a + (left->transposed ? first : first * left->lda), left->lda, rows, right->k, !left->transposed,
             false, packed);
        strip_product(packed, rows, right, c + first * ldc, ldc, add);
    }
    _tile_release();
}

const TbMatmulKernels tbi_amx_kernels = {available, packed_size, scratch_size, pack_right, product, halve, few};

#endif
