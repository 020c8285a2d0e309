/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers: xoshiro128++ 1.0 (Blackman and Vigna 2019), seeded with splitmix64 as its authors recommend. */
#include "timbrel/base.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t rotate_left(uint32_t x, int k) {
    return (x << k) | (x >> (32 - k));
}

void tb_rng_seed(TbRng *rng, uint64_t seed) {
    /* splitmix64 is a bijection of its counter, so two successive outputs are never both 0: the state is valid. */
    uint64_t a = splitmix64(&seed), b = splitmix64(&seed);
    rng->s[0] = (uint32_t)a;
    rng->s[1] = (uint32_t)(a >> 32);
    rng->s[2] = (uint32_t)b;
    rng->s[3] = (uint32_t)(b >> 32);
}

static inline uint32_t step(TbRng *rng) {
    uint32_t *s = rng->s;
    uint32_t result = rotate_left(s[0] + s[3], 7) + s[0];
    uint32_t t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 11);
    return result;
}

uint32_t tb_rng_next(TbRng *rng) {
    return step(rng);
}

float tb_rng_uniform(TbRng *rng) {
    return (float)(tb_rng_next(rng) >> 8) * 0x1p-24f;
}

float tb_rng_normal(TbRng *rng) {
    float u = 1.0f - tb_rng_uniform(rng); /* 0 < u <= 1: the logarithm stays finite */
    float v = tb_rng_uniform(rng);
    return sqrtf(-2.0f * logf(u)) * cosf(6.28318531f * v);
}

/* Each draw gives two 16-bit samples. The local copy keeps the state in registers. */
void tb_rng_white(TbRng *rng, float *x, size_t n) {
    const float unit = 1.7320508f / 32768.0f; /* uniform over -sqrt(3) .. sqrt(3): variance 1 */
    TbRng r = *rng;
    for (size_t i = 0; i < n; i += 2) {
        uint32_t bits = step(&r);
        x[i] = ((float)(int16_t)(bits >> 16) + 0.5f) * unit;
        if (i + 1 < n)
            x[i + 1] = ((float)(int16_t)bits + 0.5f) * unit;
    }
    *rng = r;
}
