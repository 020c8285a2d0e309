/* Inside of vae/: matrix products, c = a b or c += a b, by the fastest way this machine knows.
 *
 * The right side is packed once and used for many rows. What packing means is the backend's affair:
 *   TB_PRODUCT_PLAIN   our own tiles, in the vectors that every processor of a kind has (SSE2, NEON)
 *   TB_PRODUCT_AVX2    the same, wider
 *   TB_PRODUCT_AVX512  the same, wider still
 *   TB_PRODUCT_AMX     tile unit of newer Xeons: each float is split into two bfloat16 (16 bits of fraction), of whose
 *                      four products three are added up in float: a relative error of about 1e-5 for a product, where
 *                      float has 1e-7, at five times the speed of AVX-512
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_NN_MATMUL_H
#define TIMBREL_NN_MATMUL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { TB_PRODUCT_PLAIN, TB_PRODUCT_AVX2, TB_PRODUCT_AVX512, TB_PRODUCT_AMX, TB_N_PRODUCTS } TbProductBackend;

bool tb_product_available(TbProductBackend backend); /* ANY */
TbProductBackend tb_product_default(void);           /* the fastest that is available. ANY */

/* A matrix b[k][n], ready to stand on the right; with `transposed` it is given as b[n][k]. Borrowed, not owned. */
typedef struct {
    const float *b;
    size_t ldb;
    bool transposed;
    size_t k, n;
    float *packed; /* [tb_packed_size], aligned to 64 bytes */
} TbRight;

/* A matrix a[m][k]; with `transposed` it is given as a[k][m]. */
typedef struct {
    const float *a;
    size_t lda;
    bool transposed;
    size_t m;
} TbLeft;

size_t tb_packed_size(TbProductBackend backend, size_t k, size_t n); /* floats */
void tb_pack(TbProductBackend backend, const TbRight *right);        /* RT */

/* c[m][n] = a[m][k] b[k][n], or += with `add`.
 * scratch: tb_product_scratch(m, k) floats, aligned to 64 bytes. RT */
size_t tb_product_scratch(TbProductBackend backend, size_t m, size_t k);
void tb_product(TbProductBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                float *scratch);

/* For weights that are multiplied with few rows, again and again, what counts is how many bytes they are. A backend
 * that tb_product_halves can keep of what tb_pack has made the upper bfloat16 alone (8 bits of fraction), in half of
 * the memory, for tb_product_few: c[m][n] = a[m][k] b[k][n], with a left side that is not transposed. RT */
bool tb_product_halves(TbProductBackend backend);
void tb_halve(TbProductBackend backend, const TbRight *right);
void tb_product_few(TbProductBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc,
                    float *scratch);

/* What a backend consists of. */
typedef struct {
    bool (*available)(void);
    size_t (*packed_size)(size_t k, size_t n);
    size_t (*scratch)(size_t m, size_t k);
    void (*pack)(const TbRight *right);
    void (*product)(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch);
    void (*halve)(const TbRight *right); /* NULL when it does not halve */
    void (*few)(const TbLeft *left, const TbRight *right, float *c, size_t ldc, float *scratch);
} TbProductKernels;

extern const TbProductKernels tb_plain_kernels;
#if defined(__x86_64__)
extern const TbProductKernels tb_avx2_kernels, tb_avx512_kernels;
#if defined(__linux__)
#define TB_HAS_AMX
extern const TbProductKernels tb_amx_kernels;
#endif
#endif

#endif
