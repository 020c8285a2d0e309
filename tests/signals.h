/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short deterministic sounds for the tests of measure/. Each is x[n], which the caller frees with free(). */
#ifndef TIMBREL_TESTS_SIGNALS_H
#define TIMBREL_TESTS_SIGNALS_H

#include "timbrel/base.h"

#include <math.h>
#include <stdlib.h>

#define SIGNAL_RATE 44100.0

/* Eight harmonics of f Hz, harmonic k with amplitude 1/k, with an attack of `attack` seconds and a decay of 60 dB in
 * `decay` seconds. */
static inline float *signal_tone(size_t n, double f, double attack, double decay) {
    float *x = calloc(n ? n : 1, sizeof *x);
    for (size_t i = 0; x && i < n; i++) {
        double t = (double)i / SIGNAL_RATE, sum = 0.0;
        for (int k = 1; k <= 8; k++)
            sum += sin(2.0 * M_PI * k * f * t) / k;
        x[i] = (float)(0.3 * sum * fmin(1.0, t / attack) * pow(10.0, -3.0 * t / decay));
    }
    return x;
}

/* White noise of standard deviation `level` through the one-pole lowpass y += share * (x - y), with a decay of 60 dB in
 * `decay` seconds. */
static inline float *signal_noise(size_t n, uint64_t seed, double level, double share, double decay) {
    float *x = calloc(n ? n : 1, sizeof *x);
    double y = 0.0;
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (size_t i = 0; x && i < n; i++) {
        double white =
            (double)tb_rng_uniform(&rng) + tb_rng_uniform(&rng) + tb_rng_uniform(&rng) - 1.5; /* variance 1/4 */
        y += share * (2.0 * level * white - y);
        x[i] = (float)(y * pow(10.0, -3.0 * (double)i / (SIGNAL_RATE * decay)));
    }
    return x;
}

static inline void signal_add(float *x, const float *y, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

#endif
