/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: matrix products, c = a b or c += a b, by the fastest backend this machine supports.
 *
 * The right-hand matrix is packed once and used for many rows. The packed format depends on the backend:
 *   TB_MATMUL_PLAIN   register tiles with the vectors every processor of the architecture has (SSE2, NEON)
 *   TB_MATMUL_AVX2    the same with AVX2 and FMA
 *   TB_MATMUL_AVX512  the same with AVX-512
 *   TB_MATMUL_AMX     tile unit of recent Xeons: each float is split into two bfloat16 (16 bits of fraction), and
 *                    three of the four partial products are summed in float: a relative error per product of about
 *                    1e-5 instead of float's 1e-7, at five times the speed of AVX-512 */
#ifndef TIMBREL_NN_MATMUL_H
#define TIMBREL_NN_MATMUL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { TB_MATMUL_PLAIN, TB_MATMUL_AVX2, TB_MATMUL_AVX512, TB_MATMUL_AMX, TB_MATMUL_BACKENDS } TbMatmulBackend;

bool tbi_matmul_available(TbMatmulBackend backend); /* ANY */
TbMatmulBackend tbi_matmul_default(void);           /* the fastest that is available. ANY */

/* A right-hand matrix b[k][n]; with `transposed` it is stored as b[n][k]. Borrowed, not owned. */
typedef struct {
    const float *b;
    size_t ldb;
    bool transposed;
    size_t k, n;
    float *packed; /* [tbi_packed_size], aligned to 64 bytes */
} TbRight;

/* A left-hand matrix a[m][k]; with `transposed` it is stored as a[k][m]. */
typedef struct {
    const float *a;
    size_t lda;
    bool transposed;
    size_t m;
} TbLeft;

size_t tbi_packed_size(TbMatmulBackend backend, size_t k, size_t n); /* floats */
void tbi_pack(TbMatmulBackend backend, const TbRight *right);        /* RT */

/* Columns `first` to `end` of a packed matrix, as a right-hand matrix of their own; both are multiples of
 * TB_PACKED_COLUMNS, or `end` is the matrix's last column. RT */
enum { TB_PACKED_COLUMNS = 32 };
TbRight tbi_packed_columns(TbMatmulBackend backend, const TbRight *right, size_t first, size_t end);

/* c[m][n] = a[m][k] b[k][n], or += with `add`.
 * scratch: tbi_matmul_scratch(m, k) floats, aligned to 64 bytes. RT */
size_t tbi_matmul_scratch(TbMatmulBackend backend, size_t m, size_t k);
void tbi_product(TbMatmulBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                 float *scratch);

/* Products of the same weights with few rows are limited by memory bandwidth. A backend with tbi_matmul_halves can
 * reduce the result of tbi_pack to the upper bfloat16 alone (8 bits of fraction), half the memory, for
 * tbi_matmul_few: c[m][n] = a[m][k] b[k][n], with a left side that is not transposed. RT */
bool tbi_matmul_halves(TbMatmulBackend backend);
void tbi_halve(TbMatmulBackend backend, const TbRight *right);
void tbi_matmul_few(TbMatmulBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc,
                    float *scratch);

/* The functions of a backend. */
typedef struct {
    bool (*available)(void);
    size_t (*packed_size)(size_t k, size_t n);
    size_t (*scratch)(size_t m, size_t k);
    void (*pack)(const TbRight *right);
    void (*product)(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch);
    void (*halve)(const TbRight *right); /* NULL if not supported */
    void (*few)(const TbLeft *left, const TbRight *right, float *c, size_t ldc, float *scratch);
} TbMatmulKernels;

extern const TbMatmulKernels tbi_plain_kernels;
#if defined(__x86_64__)
extern const TbMatmulKernels tbi_avx2_kernels, tbi_avx512_kernels;
#if defined(__linux__)
#define TB_HAS_AMX
extern const TbMatmulKernels tbi_amx_kernels;
#endif
#endif

#endif
