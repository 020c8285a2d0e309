/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/dropout.h"
#include "base/cpu.h"
#include "nn/vector.h"

/* Ten rounds; the result is in *high, the other 32 bits are not needed. */
TB_INLINE uint32_t philox(uint32_t low, uint32_t high, uint32_t key) {
    for (int round = 0; round < 10; round++) {
        uint64_t product = (uint64_t)low * 0xd256d193u;
        low = (uint32_t)(product >> 32) ^ key ^ high;
        high = (uint32_t)product;
        key += 0x9e3779b9u;
    }
    return low;
}

uint32_t tbi_dropout_key(uint64_t seed, uint64_t step, uint32_t site) {
    uint32_t key = philox((uint32_t)seed, (uint32_t)(seed >> 32), site);
    return philox((uint32_t)step, (uint32_t)(step >> 32), key);
}

TB_MULTIVERSION void tbi_dropout(TbDropout drop, const uint32_t *id, size_t n, size_t width, float *x, size_t ldx) {
    if (!(drop.rate > 0))
        return;
    const uint32_t threshold = (uint32_t)((double)drop.rate * 4294967296.0);
    const float scale = 1 / (1 - drop.rate);
    for (size_t i = 0; i < n; i++) {
        float *row = x + i * ldx;
        uint32_t place = id ? id[i] : (uint32_t)i;
        for (size_t k = 0; k < width; k++)
            row[k] *= philox((uint32_t)k, place, drop.key) >= threshold ? scale : 0.0f;
    }
}
