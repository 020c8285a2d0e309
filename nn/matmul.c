// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/matmul.h"

// NULL: not on this kind of processor.
static const TbProductKernels *const kernels[TB_N_PRODUCTS] = {
    [TB_PRODUCT_PLAIN] = &tb_plain_kernels,
#if defined(__x86_64__)
    [TB_PRODUCT_AVX2] = &tb_avx2_kernels,
    [TB_PRODUCT_AVX512] = &tb_avx512_kernels,
#endif
#if defined(TB_HAS_AMX)
    [TB_PRODUCT_AMX] = &tb_amx_kernels,
#endif
};

bool tb_product_available(TbProductBackend backend) {
    return kernels[backend] && kernels[backend]->available();
}

TbProductBackend tb_product_default(void) {
    int best = TB_N_PRODUCTS - 1;
    while (!tb_product_available((TbProductBackend)best)) // the plain one always is
        best--;
    return (TbProductBackend)best;
}

size_t tb_packed_size(TbProductBackend backend, size_t k, size_t n) {
    return kernels[backend]->packed_size(k, n);
}

size_t tb_product_scratch(TbProductBackend backend, size_t m, size_t k) {
    return kernels[backend]->scratch(m, k);
}

void tb_pack(TbProductBackend backend, const TbRight *right) {
    kernels[backend]->pack(right);
}

void tb_product(TbProductBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                float *scratch) {
    kernels[backend]->product(left, right, c, ldc, add, scratch);
}

bool tb_product_halves(TbProductBackend backend) {
    return kernels[backend]->halve;
}

void tb_halve(TbProductBackend backend, const TbRight *right) {
    kernels[backend]->halve(right);
}

void tb_product_few(TbProductBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc,
                    float *scratch) {
    kernels[backend]->few(left, right, c, ldc, scratch);
}
