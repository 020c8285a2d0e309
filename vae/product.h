/* Inside of vae/: matrix products, c = a b or c += a b, by the fastest way this machine knows.
 *
 * The right side is packed once and used for many rows. What packing means is the backend's affair:
 *   TB_PRODUCT_BLAS    OpenBLAS, nothing is packed; everywhere
 *   TB_PRODUCT_AVX2    our own tiles, for processors without AVX-512
 *   TB_PRODUCT_AVX512  the same, wider; level with OpenBLAS's best kernels and free of the wrong ones that older
 *                      OpenBLAS picks on newer processors
 *   TB_PRODUCT_AMX     tile unit of newer Xeons: each float is split into two bfloat16 (16 bits of fraction), of whose
 *                      four products three are added up in float: a relative error of about 1e-5 for a product, where
 *                      float has 1e-7, at five times the speed of AVX-512
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_VAE_PRODUCT_H
#define TIMBREL_VAE_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { TB_PRODUCT_BLAS, TB_PRODUCT_AVX2, TB_PRODUCT_AVX512, TB_PRODUCT_AMX, TB_N_PRODUCTS } TbProductBackend;

bool tb_product_available(TbProductBackend backend);
/* The fastest that is available, or what the environment variable TIMBREL_PRODUCT (blas, avx2, avx512, amx) asks for.
 * ANY */
TbProductBackend tb_product_default(void);

/* A matrix b[k][n], ready to stand on the right; with `transposed` it is given as b[n][k]. Borrowed, not owned. */
typedef struct {
    const float *b;
    size_t ldb;
    bool transposed;
    size_t k, n;
    float *packed; /* [tb_packed_size], aligned to 64 bytes; NULL for TB_PRODUCT_BLAS */
} TbRight;

size_t tb_packed_size(TbProductBackend backend, size_t k, size_t n); /* floats */
void tb_pack(TbProductBackend backend, const TbRight *right);        /* RT */

/* c[m][n] = a[m][k] b[k][n], or += with `add`. With `transposed`, the left side is given as a[k][m].
 * scratch: tb_product_scratch(m, k) floats, aligned to 64 bytes. RT, except TB_PRODUCT_BLAS. */
size_t tb_product_scratch(TbProductBackend backend, size_t m, size_t k);
typedef struct {
    const float *a;
    size_t lda;
    bool transposed;
    size_t m;
} TbLeft;
void tb_product(TbProductBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                float *scratch);

/* The backends' own entrances. */
bool tb_avx2_available(void);
size_t tb_avx2_packed_size(size_t k, size_t n);
size_t tb_avx2_scratch(size_t k);
void tb_avx2_pack(const TbRight *right);
void tb_avx2_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch);
bool tb_avx512_available(void);
size_t tb_avx512_packed_size(size_t k, size_t n);
size_t tb_avx512_scratch(size_t k);
void tb_avx512_pack(const TbRight *right);
void tb_avx512_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch);
bool tb_amx_available(void);
size_t tb_amx_packed_size(size_t k, size_t n);
size_t tb_amx_scratch(size_t m, size_t k);
void tb_amx_pack(const TbRight *right);
void tb_amx_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch);

/* For weights that are multiplied with few rows, again and again, by TB_PRODUCT_AMX: what counts then is how many bytes
 * they are. tb_amx_halve keeps of what tb_pack has made the upper bfloat16 alone (8 bits of fraction), in half of the
 * memory, for tb_amx_few: c[m][n] = a[m][k] b[k][n]. RT */
void tb_amx_halve(const TbRight *right);
void tb_amx_few(const TbLeft *left, const TbRight *right, float *c, size_t ldc, float *scratch);

#endif
