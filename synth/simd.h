/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vector types of the kernels: sixteen partials in parallel. Internal to synth/; RT. */
#ifndef TIMBREL_SYNTH_SIMD_H
#define TIMBREL_SYNTH_SIMD_H

#include "synth/internal.h"

typedef float Lanes __attribute__((vector_size(64)));
typedef double PhaseTurns __attribute__((vector_size(128)));
enum { LANES = 16 };

/* Cosine and sine of a phase in turns, up to 2^50. Accurate to 1e-10 in double precision, because the kernels apply the
 * rotation hundreds of times. Taylor series of a quarter of the angle, doubled twice. */
static inline __attribute__((always_inline)) void cos_sin(const PhaseTurns *turns, Lanes *c, Lanes *s) {
    const double round = 6755399441055744.0; /* 1.5 * 2^52: adding and subtracting it rounds to an integer */
    PhaseTurns nearest = *turns + round;
    nearest -= round;
    PhaseTurns a = (*turns - nearest) * (TB_PI / 2), q = a * a;
    PhaseTurns sine =
        a * (1 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880 - q / 39916800)))));
    PhaseTurns cosine =
        1 + q * (-0.5 + q * (1.0 / 24 + q * (-1.0 / 720 + q * (1.0 / 40320 + q * (-1.0 / 3628800 + q / 479001600)))));
    for (int i = 0; i < 2; i++) {
        PhaseTurns twice = 2 * sine * cosine;
        cosine = 1 - 2 * sine * sine;
        sine = twice;
    }
    *c = __builtin_convertvector(cosine, Lanes);
    *s = __builtin_convertvector(sine, Lanes);
}

/* Sum of x[n], n a multiple of LANES, as sixteen partial sums. */
static inline __attribute__((always_inline)) float sum_of(const float *x, int n) {
    float sum[LANES] = {0};
    for (int i = 0; i < n; i += LANES)
        for (int j = 0; j < LANES; j++)
            sum[j] += x[i + j];
    for (int step = LANES / 2; step > 0; step /= 2)
        for (int j = 0; j < step; j++)
            sum[j] += sum[j + step];
    return sum[0];
}

#endif
