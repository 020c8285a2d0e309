/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tones whose partials are known, for the tests of analysis. */
#ifndef TIMBREL_TESTS_TONES_H
#define TIMBREL_TESTS_TONES_H

#include "synth/internal.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdlib.h>

enum { RATE = 44100 };

static inline double cents(double f, double g) {
    return 1200 * log2(f / g);
}

/* Adds `count` partials of f0 Hz, stretched by the inharmonicity b, partial k with amplitude level * k^-slope. */
static inline void add_tone(float *x, size_t from, size_t to, double f0, double b, int count, double slope,
                            double level) {
    for (int k = 1; k <= count; k++) {
        double f = f0 * k * sqrt(1 + b * k * k), a = level * pow(k, -slope);
        for (size_t i = from; i < to && f < 0.45 * RATE; i++) {
            double fade = fmin(1, (double)(to - i) / 400) * fmin(1, (double)(i - from + 1) / 60);
            x[i] += (float)(a * fade * sin(2 * TB_PI * f * (double)(i - from) / RATE + k * k));
        }
    }
}

static inline float *silence(size_t n) {
    float *x = calloc(n, sizeof *x);
    assert_non_null(x);
    return x;
}

static inline TbAnalysis analyse(float *x, size_t n, double rate) {
    TbAudio audio = {x, n, rate};
    TbAnalysis analysis;
    assert_int_equal(tb_analyze(&audio, NULL, NULL, NULL, &analysis), TB_OK);
    return analysis;
}

#endif
