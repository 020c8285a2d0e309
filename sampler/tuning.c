/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures the pitch of a note whose key is known, to a fraction of a cent: the lag of maximum autocorrelation near
 * one period, then near two, four, eight ... periods, where the same error of the lag is a smaller error of the
 * pitch. */
#include "base/no_memory.h"
#include "timbrel/sampler.h"

#include <math.h>
#include <stdlib.h>

static const double MAX_CENTS = 60;        /* cents to each side */
static const double MIN_CORRELATION = 0.6; /* minimum correlation of a pitch */
/* Minimum share of the previous correlation to continue: a vibrato has two best lags, of its highest and its lowest
 * pitch, once the lag is so long that their peaks separate. */
static const double MIN_SHARE = 0.95;
static const double MAX_LAG = 0.15; /* s: of a lag, less than a period of any vibrato */

/* Normalised correlation of x[0 .. n) with itself `lag` samples later; 0 without overlap. */
static double correlation(const float *x, size_t n, size_t lag) {
    double ab = 0, aa = 1e-20, bb = 1e-20;
    for (size_t i = 0; i + lag < n; i++) {
        ab += (double)x[i] * x[i + lag];
        aa += (double)x[i] * x[i];
        bb += (double)x[i + lag] * x[i + lag];
    }
    return ab / sqrt(aa * bb);
}

/* The best lag between low and high, refined by parabolic interpolation, and its correlation. */
static double best_lag(const float *x, size_t n, size_t low, size_t high, double *best) {
    double found = 0, most = -1;
    for (size_t lag = low; lag <= high; lag++) {
        double here = correlation(x, n, lag);
        if (here <= most)
            continue;
        double before = correlation(x, n, lag - 1), after = correlation(x, n, lag + 1),
               bend = before - 2 * here + after;
        double shift = bend < 0 ? fmin(fmax(0.5 * (before - after) / bend, -0.5), 0.5) : 0;
        most = here;
        found = (double)lag + shift;
        *best = here - 0.25 * (before - after) * shift;
    }
    return found;
}

/* Moving average, twice, over a sixth of a period (at least 0.1 ms): the lowest harmonics determine the pitch, while
 * high ones may be stretched, as in a string; and parabolic interpolation needs slow signals. */
static float *smoothed(const float *x, size_t n, double sample_rate, double f0) {
    float *y = malloc((n + 1) * sizeof *y);
    size_t width = (size_t)fmax(fmax(1, sample_rate / 11025), sample_rate / f0 / 6);
    for (size_t i = 0; y && i < n; i++)
        y[i] = x[i];
    for (int pass = 0; y && pass < 2; pass++) {
        double sum = 0;
        for (size_t i = 0; i < width && i < n; i++)
            sum += y[i];
        for (size_t i = 0; i + width < n; i++) {
            double first = y[i];
            y[i] = (float)(sum / (double)width);
            sum += y[i + width] - first;
        }
    }
    return y;
}

static bool find(const float *samples, size_t n, double sample_rate, double f0, double *cents) {
    double period = sample_rate / f0, reach = period * (exp2(MAX_CENTS / 1200) - 1), best, first;
    size_t low = (size_t)fmax(2, floor(period - reach)), high = (size_t)ceil(period + reach);
    if ((double)n < 4 * period + 4 || (double)n < 0.1 * sample_rate)
        return false;
    double lag = best_lag(samples, n, low, high, &first);
    if (first < MIN_CORRELATION)
        return false;
    period = lag;
    for (int times = 2; times * period < MAX_LAG * sample_rate && 4 * times * period < (double)n; times *= 2) {
        lag = best_lag(samples, n, (size_t)(times * period) - 2, (size_t)(times * period) + 3, &best);
        if (best < MIN_SHARE * first)
            break;
        period = lag / times;
    }
    *cents = 1200 * log2(sample_rate / period / f0);
    return fabs(*cents) <= MAX_CENTS;
}

TbStatus tb_note_tuning(const float *samples, size_t n, double sample_rate, double f0, double *cents, bool *found) {
    float *smooth = smoothed(samples, n, sample_rate, f0);
    if (!smooth)
        return tbi_no_memory("to measure the pitch of a sample");
    *cents = 0;
    *found = find(smooth, n, sample_rate, f0, cents);
    if (!*found)
        *cents = 0;
    free(smooth);
    return TB_OK;
}
