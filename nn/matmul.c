/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/matmul.h"

/* NULL: not available on this architecture. */
static const TbMatmulKernels *const kernels[TB_MATMUL_BACKENDS] = {
    [TB_MATMUL_PLAIN] = &tbi_plain_kernels,
#if defined(__x86_64__)
    [TB_MATMUL_AVX2] = &tbi_avx2_kernels,
    [TB_MATMUL_AVX512] = &tbi_avx512_kernels,
#endif
#if defined(TB_HAS_AMX)
    [TB_MATMUL_AMX] = &tbi_amx_kernels,
#endif
};

bool tbi_matmul_available(TbMatmulBackend backend) {
    return kernels[backend] && kernels[backend]->available();
}

TbMatmulBackend tbi_matmul_default(void) {
    int best = TB_MATMUL_BACKENDS - 1;
    while (!tbi_matmul_available((TbMatmulBackend)best)) /* the plain one always is */
        best--;
    return (TbMatmulBackend)best;
}

size_t tbi_packed_size(TbMatmulBackend backend, size_t k, size_t n) {
    return kernels[backend]->packed_size(k, n);
}

TbRight tbi_packed_columns(TbMatmulBackend backend, const TbRight *right, size_t first, size_t end) {
    TbRight part = *right;
    part.n = end - first;
    part.packed += tbi_packed_size(backend, right->k, first);
    return part;
}

size_t tbi_matmul_scratch(TbMatmulBackend backend, size_t m, size_t k) {
    return kernels[backend]->scratch(m, k);
}

void tbi_pack(TbMatmulBackend backend, const TbRight *right) {
    kernels[backend]->pack(right);
}

void tbi_product(TbMatmulBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add,
                 float *scratch) {
    kernels[backend]->product(left, right, c, ldc, add, scratch);
}

bool tbi_matmul_halves(TbMatmulBackend backend) {
    return kernels[backend]->halve;
}

void tbi_halve(TbMatmulBackend backend, const TbRight *right) {
    kernels[backend]->halve(right);
}

void tbi_matmul_few(TbMatmulBackend backend, const TbLeft *left, const TbRight *right, float *c, size_t ldc,
                    float *scratch) {
    kernels[backend]->few(left, right, c, ldc, scratch);
}
