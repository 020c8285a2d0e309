/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a sound goes on as it was. A tone repeats after some multiple of its period; where a note is struck, neither
 * its waveform nor its level repeats. */
#include "base/cpu.h"
#include "synth/simd.h"

#include <math.h>
#include <string.h>

enum {
    LONGEST = 2784, /* samples, 63 ms: one period of 16 Hz */
    SHORTEST = 528, /* 12 ms */
    EARLIER = 240,  /* 5 ms by which the edge of a period may begin early */
    CONTEXTS = 3,
    CONTEXT_STEP = 880, /* 20 ms */
};
#define ALIKE 0.8f           /* correlation */
#define RISE 3.2f            /* 5 dB, as power */
#define RISE_FADING_IN 16.0f /* 12 dB */
#define NEARLY_SAME 0.9f
#define INAUDIBLE 1e-12f

/* Products of a[n] and b[n], n a multiple of LANES. */
TB_MULTIVERSION
static float dot(const float *a, const float *b, int n) {
    Lanes sum = {0};
    for (int i = 0; i < n; i += LANES) {
        Lanes p, q;
        memcpy(&p, a + i, sizeof p);
        memcpy(&q, b + i, sizeof q);
        sum += p * q;
    }
    return sum_of((const float *)&sum, LANES);
}

/* The highest correlation of the samples after `at` with those `lag` earlier, of lags up to `longest`, over as many
 * samples. *rise is the power after over that before. Of the first difference of x[n] if `high`. */
static float repeats(const float *x, size_t n, long at, long longest, bool high, float *rise) {
    float y[2 * LONGEST + LANES], best = 0;
    double energy[2 * LONGEST + LANES + 1]; /* sums from the beginning: what is soft after what is loud counts, too */
    longest = clampl(longest, 0, LONGEST);
    longest = longest < at - 1 ? longest : at - 1;
    long end = (long)n - at < longest ? (long)n - at : longest, first = LONGEST - longest;
    *rise = INFINITY;
    energy[first] = 0;
    for (long i = -longest; i < end; i++) {
        float v = high ? x[at + i] - x[at + i - 1] : x[at + i];
        y[LONGEST + i] = v;
        energy[LONGEST + i + 1] = energy[LONGEST + i] + (double)(v * v);
    }
    for (long lag = SHORTEST; lag <= longest && end >= SHORTEST; lag++) {
        long window = (lag < end ? lag : end) / LANES * LANES;
        float before = (float)(energy[LONGEST - lag + window] - energy[LONGEST - lag]),
              after = (float)(energy[LONGEST + window] - energy[LONGEST]),
              c = dot(y + LONGEST, y + LONGEST - lag, (int)window) / (sqrtf(before * after) + INAUDIBLE);
        if (c > best) {
            best = c;
            *rise = after / (before + INAUDIBLE);
        }
    }
    return best;
}

bool tbi_goes_on(const float *x, size_t n, size_t at, size_t start, bool high) {
    long since = (long)(at - start);
    float rise;
    if (repeats(x, n, (long)at, since, high, &rise) > ALIKE && rise < RISE)
        return true;
    /* The first periods of a tone that fades in lack their edges, and the last that fades out has another, so that only
     * the waveform can be compared. */
    bool near_ends = since < LONGEST || (long)(n - at) < LONGEST;
    for (long shift = 0; shift <= EARLIER && high && near_ends; shift += EARLIER)
        if (repeats(x, n, (long)at + shift, since + shift, false, &rise) > NEARLY_SAME && rise < RISE_FADING_IN)
            return true;
    return false;
}

bool tbi_was_steady(const float *x, size_t n, size_t at, size_t start) {
    for (int i = 0; i < CONTEXTS; i++) {
        long middle = (long)at - LONGEST / 2 - i * CONTEXT_STEP;
        float rise;
        if (middle > (long)start && repeats(x, n, middle, LONGEST / 2, false, &rise) > ALIKE && rise < RISE)
            return true;
    }
    return false;
}
