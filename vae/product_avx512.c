// SPDX-License-Identifier: GPL-3.0-or-later
// Columns in panels of 32, the last one 16 if that is enough; a panel holds its rows one after the other, and columns
// beyond the matrix are 0. A tile of 14 rows by 32 columns keeps 28 sums in the 32 registers of AVX-512 (the scheme of
// Goto and van de Geijn 2008; our shapes are small enough that no blocking beyond this is needed).
#include "base/base.h"
#include "vae/product.h"
#include "vae/vector.h"

#include <string.h>

enum { PANEL = 2 * TB_LANES, TILE = 14 };

// Correct on every machine, but with 16 registers (AVX2 and below) the tile spills, and OpenBLAS knows better.
bool tb_avx512_available(void) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(TB_SANITIZE) && defined(__linux__)
    return __builtin_cpu_supports("x86-64-v4");
#else
    return false;
#endif
}

size_t tb_avx512_packed_size(size_t k, size_t n) {
    return k * ((n + TB_LANES - 1) / TB_LANES * TB_LANES);
}
size_t tb_avx512_scratch(size_t k) {
    return k * TILE;
}

// Width of the panel that starts at column `first`.
TB_INLINE size_t panel_width(size_t first, size_t n) {
    return n - first > TB_LANES ? PANEL : TB_LANES;
}

TB_MULTIVERSION static void pack_plain(const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    for (size_t first = 0; first < n; first += PANEL) {
        size_t width = panel_width(first, n), valid = n - first < width ? n - first : width;
        if (valid == PANEL)
            for (size_t row = 0; row < k; row++, packed += PANEL) {
                const float *from = b + row * ldb + first;
                *(TbVector *)packed = *(const TbVector *)from;
                *(TbVector *)(packed + TB_LANES) = *(const TbVector *)(from + TB_LANES);
            }
        else
            for (size_t row = 0; row < k; row++, packed += width) {
                memset(packed, 0, width * sizeof(float));
                memcpy(packed, b + row * ldb + first, valid * sizeof(float));
            }
    }
}

// Rows of b become columns: sixteen by sixteen through a small square that stays in cache.
TB_MULTIVERSION static void pack_transposed(const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    for (size_t first = 0; first < n; first += PANEL) {
        size_t width = panel_width(first, n);
        for (size_t half = 0; half < width; half += TB_LANES)
            for (size_t row = 0; row < k; row += TB_LANES) {
                size_t rows = k - row < TB_LANES ? k - row : TB_LANES;
                size_t columns = first + half >= n ? 0 : n - first - half < TB_LANES ? n - first - half : TB_LANES;
                float *to = packed + row * width + half;
                const float *from = b + (first + half) * ldb + row;
                if (rows == TB_LANES && columns == TB_LANES)
                    for (size_t i = 0; i < TB_LANES; i++)
                        for (size_t j = 0; j < TB_LANES; j++)
                            to[i * width + j] = from[j * ldb + i];
                else
                    for (size_t i = 0; i < rows; i++)
                        for (size_t j = 0; j < TB_LANES; j++)
                            to[i * width + j] = j < columns ? from[j * ldb + i] : 0;
            }
        packed += k * width;
    }
}

// One tile: m rows (known when compiled) by `vectors` vectors of columns, of which `valid` are stored. Element (i, p)
// of the left side is a[i * row_stride + p * k_stride]. Rows are reached in threes from five pointers: with one pointer
// each, there would not be enough registers.
TB_INLINE void tile(size_t m, size_t vectors, size_t k, const float *a, size_t row_stride, size_t k_stride,
                    const float *panel, float *c, size_t ldc, size_t valid, bool add) {
    TbVector sum[TILE][2];
    const float *at[(TILE + 2) / 3];
#pragma GCC unroll 14
    for (size_t i = 0; i < m; i++)
        sum[i][0] = sum[i][1] = (TbVector){0};
#pragma GCC unroll 5
    for (size_t i = 0; i < (m + 2) / 3; i++)
        at[i] = a + 3 * i * row_stride;
#pragma GCC unroll 1
    for (size_t p = 0; p < k; p++) {
        TbVector b0 = *(const TbVector *)panel, b1 = b0;
        if (vectors == 2)
            b1 = *(const TbVector *)(panel + TB_LANES);
        panel += vectors * TB_LANES;
#pragma GCC unroll 14
        for (size_t i = 0; i < m; i++) {
            float x = at[i / 3][i % 3 * row_stride];
            sum[i][0] += x * b0;
            if (vectors == 2)
                sum[i][1] += x * b1;
        }
#pragma GCC unroll 5
        for (size_t i = 0; i < (m + 2) / 3; i++)
            at[i] += k_stride;
    }
    if (valid == vectors * TB_LANES) {
#pragma GCC unroll 14
        for (size_t i = 0; i < m; i++)
            for (size_t v = 0; v < vectors; v++) {
                TbVector *to = (TbVector *)(c + i * ldc + v * TB_LANES);
                if (add)
                    *to += sum[i][v];
                else
                    *to = sum[i][v];
            }
    } else {
#pragma GCC unroll 14
        for (size_t i = 0; i < m; i++) {
            float row[PANEL];
            *(TbVector *)row = sum[i][0];
            *(TbVector *)(row + TB_LANES) = sum[i][1];
            for (size_t j = 0; j < valid; j++)
                c[i * ldc + j] = add ? c[i * ldc + j] + row[j] : row[j];
        }
    }
}

// All panels for one strip of m rows.
TB_INLINE void strip_by_panels(size_t m, size_t k, const float *a, size_t row_stride, size_t k_stride,
                               const float *packed, size_t n, float *c, size_t ldc, bool add) {
    for (size_t first = 0; first < n; first += PANEL) {
        size_t width = panel_width(first, n), valid = n - first < width ? n - first : width;
        if (width == PANEL)
            tile(m, 2, k, a, row_stride, k_stride, packed, c + first, ldc, valid, add);
        else
            tile(m, 1, k, a, row_stride, k_stride, packed, c + first, ldc, valid, add);
        packed += k * width;
    }
}

// The last strip has any number of rows: 8, 4, 2 and 1 make up what is left.
TB_INLINE void rest(size_t m, size_t k, const float *a, size_t row_stride, size_t k_stride, const float *packed,
                    size_t n, float *c, size_t ldc, bool add) {
#define REST(rows)                                                                                                     \
    if (m & rows) {                                                                                                    \
        strip_by_panels(rows, k, a, row_stride, k_stride, packed, n, c, ldc, add);                                     \
        a += rows * row_stride;                                                                                        \
        c += rows * ldc;                                                                                               \
    }
    REST(8)
    REST(4)
    REST(2)
    REST(1)
#undef REST
}

TB_MULTIVERSION static void plain_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add) {
    const float *a = left->a;
    size_t m = left->m, lda = left->lda;
    for (; m >= TILE; m -= TILE, a += TILE * lda, c += TILE * ldc)
        strip_by_panels(TILE, right->k, a, lda, 1, right->packed, right->n, c, ldc, add);
    rest(m, right->k, a, lda, 1, right->packed, right->n, c, ldc, add);
}

// Columns of a are copied strip by strip: read in place they lie 2 KB apart, all in the same few sets of the cache.
TB_MULTIVERSION static void transposed_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                                               float *strip) {
    const float *a = left->a;
    size_t m = left->m;
    for (; m >= TILE; m -= TILE, a += TILE, c += TILE * ldc) {
        for (size_t p = 0; p < right->k; p++)
            memcpy(strip + p * TILE, a + p * left->lda, TILE * sizeof(float));
        strip_by_panels(TILE, right->k, strip, 1, TILE, right->packed, right->n, c, ldc, add);
    }
    for (size_t p = 0; m && p < right->k; p++)
        memcpy(strip + p * m, a + p * left->lda, m * sizeof(float));
    rest(m, right->k, strip, 1, m, right->packed, right->n, c, ldc, add);
}

void tb_avx512_pack(const TbRight *right) {
    if (right->transposed)
        pack_transposed(right->b, right->ldb, right->k, right->n, right->packed);
    else
        pack_plain(right->b, right->ldb, right->k, right->n, right->packed);
}

void tb_avx512_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch) {
    if (left->transposed)
        transposed_product(left, right, c, ldc, add, scratch);
    else
        plain_product(left, right, c, ldc, add);
}
