// SPDX-License-Identifier: GPL-3.0-or-later
// Six rows by two vectors: twelve sums in the sixteen registers of AVX2.
#define LANES 8
#define TILE 6
#include "vae/product_tiles.h"

bool tb_avx2_available(void) {
    return SUPPORTS("x86-64-v3");
}
size_t tb_avx2_packed_size(size_t k, size_t n) {
    return packed_size(k, n);
}
size_t tb_avx2_scratch(size_t k) {
    return k * STRIP;
}

TARGET("x86-64-v3") void tb_avx2_pack(const TbRight *right) {
    pack(right);
}
TARGET("x86-64-v3")
void tb_avx2_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch) {
    product(left, right, c, ldc, add, scratch);
}
