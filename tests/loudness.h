/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrated loudness by ITU-R BS.1770-4, for tests. */
#ifndef TIMBREL_TESTS_LOUDNESS_H
#define TIMBREL_TESTS_LOUDNESS_H

#include <math.h>
#include <stddef.h>

enum { LOUDNESS_RATE = 48000, LOUDNESS_HOP = 4800 };

/* One sample of a biquad with the coefficients b and a of ITU-R BS.1770-4, tables 1 and 2. */
static inline double loudness_filter(const double c[5], double s[2], double x) {
    double w = x - c[3] * s[0] - c[4] * s[1], y = c[0] * w + c[1] * s[0] + c[2] * s[1];
    s[1] = s[0];
    s[0] = w;
    return y;
}

/* Integrated loudness in LUFS of x[2][n] at 48 kHz: K-weighted blocks of 400 ms, gated at -70 LUFS and at 10 LU below
 * the mean of the rest (ITU-R BS.1770-4). -INFINITY for silence. */
static inline double loudness(const float *const x[2], size_t n) {
    static const double instruments[5] = {1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241,
                                          0.73248077421585};
    static const double high[5] = {1, -2, 1, -1.99004745483398, 0.99007225036621};
    enum { MOST = 600 };
    double power[MOST + 4] = {0}, access = -70, mean = 0;
    size_t hops = n / LOUDNESS_HOP < MOST ? n / LOUDNESS_HOP : MOST;
    for (int c = 0; c < 2; c++) {
        double s[2][2] = {{0}};
        for (size_t i = 0; i < hops * LOUDNESS_HOP; i++) {
            double y = loudness_filter(high, s[1], loudness_filter(instruments, s[0], (double)x[c][i]));
            power[i / LOUDNESS_HOP] += y * y / LOUDNESS_HOP;
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        double sum = 0;
        size_t blocks = 0;
        for (size_t i = 0; i + 4 <= hops; i++) {
            double p = (power[i] + power[i + 1] + power[i + 2] + power[i + 3]) / 4;
            if (-0.691 + 10 * log10(p + 1e-30) > access) {
                sum += p;
                blocks++;
            }
        }
        if (blocks == 0)
            return -INFINITY;
        mean = -0.691 + 10 * log10(sum / (double)blocks);
        access = mean - 10;
    }
    return mean;
}

#endif
