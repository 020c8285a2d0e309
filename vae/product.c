// SPDX-License-Identifier: GPL-3.0-or-later
#include "vae/product.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

bool tb_product_available(TbProductBackend backend) {
    switch (backend) {
    case TB_PRODUCT_AVX2:
        return tb_avx2_available();
    case TB_PRODUCT_AVX512:
        return tb_avx512_available();
    case TB_PRODUCT_AMX:
        return tb_amx_available();
    default:
        return true;
    }
}

TbProductBackend tb_product_default(void) {
    static const char *const names[TB_N_PRODUCTS] = {"blas", "avx2", "avx512", "amx"};
    const char *wish = getenv("TIMBREL_PRODUCT");
    for (int i = 0; wish && i < TB_N_PRODUCTS; i++)
        if (strcmp(wish, names[i]) == 0 && tb_product_available((TbProductBackend)i))
            return (TbProductBackend)i;
    for (int i = TB_N_PRODUCTS - 1; i > 0; i--)
        if (tb_product_available((TbProductBackend)i))
            return (TbProductBackend)i;
    return TB_PRODUCT_BLAS;
}

size_t tb_packed_size(TbProductBackend backend, size_t k, size_t n) {
    return backend == TB_PRODUCT_AMX      ? tb_amx_packed_size(k, n)
           : backend == TB_PRODUCT_AVX512 ? tb_avx512_packed_size(k, n)
           : backend == TB_PRODUCT_AVX2   ? tb_avx2_packed_size(k, n)
                                          : 0;
}

size_t tb_product_scratch(TbProductBackend backend, size_t m, size_t k) {
    return backend == TB_PRODUCT_AMX      ? tb_amx_scratch(m, k)
           : backend == TB_PRODUCT_AVX512 ? tb_avx512_scratch(k)
           : backend == TB_PRODUCT_AVX2   ? tb_avx2_scratch(k)
                                          : 0;
}

void tb_pack(TbProductBackend backend, const TbRight *right) {
    if (backend == TB_PRODUCT_AMX)
        tb_amx_pack(right);
    else if (backend == TB_PRODUCT_AVX512)
        tb_avx512_pack(right);
    else if (backend == TB_PRODUCT_AVX2)
        tb_avx2_pack(right);
}

void tb_product(TbProductBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                float *scratch) {
    if (backend == TB_PRODUCT_AMX)
        tb_amx_product(left, right, c, ldc, add, scratch);
    else if (backend == TB_PRODUCT_AVX512)
        tb_avx512_product(left, right, c, ldc, add, scratch);
    else if (backend == TB_PRODUCT_AVX2)
        tb_avx2_product(left, right, c, ldc, add, scratch);
    else
        cblas_sgemm(CblasRowMajor, left->transposed ? CblasTrans : CblasNoTrans,
                    right->transposed ? CblasTrans : CblasNoTrans, (int)left->m, (int)right->n, (int)right->k, 1,
                    left->a, (int)left->lda, right->b, (int)right->ldb, add ? 1.0f : 0.0f, c, (int)ldc);
}
