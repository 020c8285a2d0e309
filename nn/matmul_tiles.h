/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: register-tiled matrix products. Each matmul_*.c that includes this file first defines the floats per
 * vector (LANES), the rows of a tile (TILE), the target attribute (TARGET, may be empty) and the test for processor
 * support (AVAILABLE); KERNELS names the TbMatmulKernels that results.
 *
 * Columns are stored in panels of two vectors (the last panel has one if that is enough), row after row, padded with
 * zeros beyond the matrix. The sums of a tile of TILE rows by one panel stay in registers (Goto and van de Geijn
 * 2008; these matrices are small enough to need no blocking beyond a few tiles per panel while it is in cache). */
#ifndef TIMBREL_NN_MATMUL_TILES_H
#define TIMBREL_NN_MATMUL_TILES_H

#include "base/cpu.h"
#include "nn/matmul.h"
#include "nn/vector.h"

#include <string.h>

enum { PANEL = 2 * LANES, STRIP = 4 * TILE /* rows that one panel is multiplied with in succession */ };
typedef float Vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

static size_t packed_size(size_t k, size_t n) {
    return k * ((n + LANES - 1) / LANES * LANES);
}

/* Width of the panel that starts at column `first`. */
TB_INLINE size_t panel_width(size_t first, size_t n) {
    return n - first > LANES ? PANEL : LANES;
}

TB_INLINE void pack_plain(const TbRight *right) {
    const size_t k = right->k, n = right->n;
    float *packed = right->packed;
    for (size_t first = 0; first < n; first += PANEL) {
        size_t width = panel_width(first, n), valid = n - first < width ? n - first : width;
        for (size_t row = 0; row < k; row++, packed += width) {
            const float *from = right->b + row * right->ldb + first;
            if (valid == PANEL) {
                *(Vector *)packed = *(const Vector *)from;
                *(Vector *)(packed + LANES) = *(const Vector *)(from + LANES);
            } else {
                memset(packed, 0, width * sizeof(float));
                memcpy(packed, from, valid * sizeof(float));
            }
        }
    }
}

/* Transposes b in small squares that stay in cache. */
TB_INLINE void pack_transposed(const TbRight *right) {
    const size_t k = right->k, n = right->n, ldb = right->ldb;
    float *packed = right->packed;
    for (size_t first = 0; first < n; first += PANEL) {
        size_t width = panel_width(first, n);
        for (size_t half = 0; half < width; half += LANES)
            for (size_t row = 0; row < k; row += LANES) {
                size_t rows = k - row < LANES ? k - row : LANES;
                size_t columns = first + half >= n ? 0 : n - first - half < LANES ? n - first - half : LANES;
                float *to = packed + row * width + half;
                const float *from = right->b + (first + half) * ldb + row;
                if (rows == LANES && columns == LANES)
                    for (size_t i = 0; i < LANES; i++)
                        for (size_t j = 0; j < LANES; j++)
                            to[i * width + j] = from[j * ldb + i];
                else
                    for (size_t i = 0; i < rows; i++)
                        for (size_t j = 0; j < LANES; j++)
                            to[i * width + j] = j < columns ? from[j * ldb + i] : 0;
            }
        packed += k * width;
    }
}

TARGET static void pack(const TbRight *right) {
    if (right->transposed)
        pack_transposed(right);
    else
        pack_plain(right);
}

/* One tile: m rows (a compile-time constant) by `vectors` vectors of columns, of which `valid` columns are stored.
 * Element (i, p) of the left side is a[i * row_stride + p * k_stride]. One pointer addresses three rows: with a
 * pointer per row there would not be enough registers. */
TB_INLINE void tile(size_t m, size_t vectors, size_t k, const float *a, size_t row_stride, size_t k_stride,
                    const float *panel, float *c, size_t ldc, size_t valid, bool add) {
    Vector sum[TILE][2];
    const float *at[(TILE + 2) / 3];
    TB_UNROLL(14)
    for (size_t i = 0; i < m; i++)
        sum[i][0] = sum[i][1] = (Vector){0};
    TB_UNROLL(5)
    for (size_t i = 0; i < (m + 2) / 3; i++)
        at[i] = a + 3 * i * row_stride;
    TB_NO_UNROLL
    for (size_t p = 0; p < k; p++) {
        Vector b0 = *(const Vector *)panel, b1 = b0;
        if (vectors == 2)
            b1 = *(const Vector *)(panel + LANES);
        panel += vectors * LANES;
        TB_UNROLL(14)
        for (size_t i = 0; i < m; i++) {
            float x = at[i / 3][i % 3 * row_stride];
            sum[i][0] += x * b0;
            if (vectors == 2)
                sum[i][1] += x * b1;
        }
        TB_UNROLL(5)
        for (size_t i = 0; i < (m + 2) / 3; i++)
            at[i] += k_stride;
    }
    if (valid == vectors * LANES) {
        TB_UNROLL(14)
        for (size_t i = 0; i < m; i++)
            for (size_t v = 0; v < vectors; v++) {
                Vector *to = (Vector *)(c + i * ldc + v * LANES);
                if (add)
                    *to += sum[i][v];
                else
                    *to = sum[i][v];
            }
    } else {
        TB_UNROLL(14)
        for (size_t i = 0; i < m; i++) {
            float row[PANEL];
            *(Vector *)row = sum[i][0];
            *(Vector *)(row + LANES) = sum[i][1];
            for (size_t j = 0; j < valid; j++)
                c[i * ldc + j] = add ? c[i * ldc + j] + row[j] : row[j];
        }
    }
}

/* A left-hand matrix with its strides, and the destination of the product. */
typedef struct {
    const float *a;
    size_t m, row_stride, k_stride;
    float *c;
    size_t ldc;
    bool add;
} Job;

/* Multiplies all rows of a job by one panel. The last strip may have any number of rows: tiles of 8, 4, 2 and 1
 * cover the remainder. */
TB_INLINE void panel_product(const Job *job, size_t vectors, size_t k, const float *panel, size_t first, size_t valid) {
    const float *a = job->a;
    float *c = job->c + first;
    size_t m = job->m;
#define ROWS(rows)                                                                                                     \
    {                                                                                                                  \
        tile(rows, vectors, k, a, job->row_stride, job->k_stride, panel, c, job->ldc, valid, job->add);                \
        a += rows * job->row_stride;                                                                                   \
        c += rows * job->ldc;                                                                                          \
        m -= rows;                                                                                                     \
    }
    while (m >= TILE)
        ROWS(TILE)
#if TILE > 8
    if (m >= 8)
        ROWS(8)
#endif
    if (m >= 4)
        ROWS(4)
    if (m >= 2)
        ROWS(2)
    if (m >= 1)
        ROWS(1)
#undef ROWS
}

TB_INLINE void all_panels(const Job *job, const TbRight *right) {
    const float *packed = right->packed;
    const size_t k = right->k, n = right->n;
    for (size_t first = 0; first < n; first += PANEL) {
        size_t width = panel_width(first, n), valid = n - first < width ? n - first : width;
        if (width == PANEL)
            panel_product(job, 2, k, packed, first, valid);
        else
            panel_product(job, 1, k, packed, first, valid);
        packed += k * width;
    }
}

/* The columns of a transposed left side are copied first: in place they are 2 KB apart, and all map to the same few
 * cache sets. */
TARGET static void product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch) {
    for (size_t first = 0; first < left->m; first += STRIP) {
        size_t m = left->m - first < STRIP ? left->m - first : STRIP;
        Job job = {left->a + first * left->lda, m, left->lda, 1, c + first * ldc, ldc, add};
        if (left->transposed) {
            for (size_t p = 0; p < right->k; p++)
                memcpy(scratch + p * m, left->a + first + p * left->lda, m * sizeof(float));
            job.a = scratch;
            job.row_stride = 1;
            job.k_stride = m;
        }
        all_panels(&job, right);
    }
}

static size_t scratch_size(size_t m, size_t k) {
    return (m < STRIP ? m : STRIP) * k;
}

static bool available(void) {
    return AVAILABLE;
}

const TbMatmulKernels KERNELS = {available, packed_size, scratch_size, pack, product, NULL, NULL};

#endif
