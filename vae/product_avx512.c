// SPDX-License-Identifier: GPL-3.0-or-later
// Fourteen rows by two vectors: 28 sums in the 32 registers of AVX-512.
#define LANES 16
#define TILE 14
#include "vae/product_tiles.h"

bool tb_avx512_available(void) {
    return SUPPORTS("x86-64-v4");
}
size_t tb_avx512_packed_size(size_t k, size_t n) {
    return packed_size(k, n);
}
size_t tb_avx512_scratch(size_t k) {
    return k * STRIP;
}

TARGET("x86-64-v4") void tb_avx512_pack(const TbRight *right) {
    pack(right);
}
TARGET("x86-64-v4")
void tb_avx512_product(const TbLeft *left, const TbRight *right, float *c, size_t ldc, bool add, float *scratch) {
    product(left, right, c, ldc, add, scratch);
}
