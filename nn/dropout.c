/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/dropout.h"
#include "base/cpu.h"
#include "nn/vector.h"

/* Seven rounds, the fewest that pass the paper's tests. */
TB_INLINE void philox(uint32_t *low, uint32_t *high, uint32_t key) {
    for (int round = 0; round < 7; round++) {
        uint64_t product = (uint64_t)*low * 0xd256d193u;
        *low = (uint32_t)(product >> 32) ^ key ^ *high;
        *high = (uint32_t)product;
        key += 0x9e3779b9u;
    }
}

uint32_t tbi_dropout_key(uint64_t seed, uint64_t step, uint32_t site) {
    uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
    philox(&low, &high, site);
    const uint32_t key = low ^ high;
    low = (uint32_t)step;
    high = (uint32_t)(step >> 32);
    philox(&low, &high, key);
    return low;
}

/* The two numbers of one counter mask a value in each half of the row. */
TB_MULTIVERSION void tbi_dropout(TbDropout drop, const uint32_t *id, size_t n, size_t width, float *x, size_t ldx) {
    if (!(drop.rate > 0))
        return;
    const uint32_t threshold = (uint32_t)((double)drop.rate * 4294967296.0);
    const float scale = 1 / (1 - drop.rate);
    const size_t half = width / 2;
    for (size_t i = 0; i < n; i++) {
        float *row = x + i * ldx, *second = row + half;
        const uint32_t place = id ? id[i] : (uint32_t)i;
        for (size_t k = 0; k < half; k++) {
            uint32_t low = (uint32_t)k, high = place;
            philox(&low, &high, drop.key);
            row[k] *= low >= threshold ? scale : 0.0f;
            second[k] *= high >= threshold ? scale : 0.0f;
        }
        if (width % 2) {
            uint32_t low = (uint32_t)half, high = place;
            philox(&low, &high, drop.key);
            row[width - 1] *= low >= threshold ? scale : 0.0f;
        }
    }
}
