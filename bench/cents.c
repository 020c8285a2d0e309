/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures the mean pitch of a note whose key is known, from the phase advance of its harmonics. */
#include "bench/tools.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_HARMONICS = 6 };
#define TWO_PI 6.283185307179586
#define HIGHEST 9000.0 /* Hz */
#define PERIODS 5.0    /* in a window: enough to separate neighbouring harmonics */
#define AUDIBLE 0.01   /* relative to the loudest 50 ms: fainter frames are ignored */
#define FAINT 0.3 /* relative to the maximum of a harmonic: below this, its phase is less reliable and counts less */
#define STRONG_DB 35.0 /* harmonics further below the strongest do not count */
#define HARMONIC 0.5   /* share of the power that harmonics must have */

typedef struct {
    const float *x;
    float *window; /* [size] */
    double rate, f0, level;
    size_t first, last, size, hop; /* samples: range of window starts, window size, hop */
} Range;

/* The complex amplitude of the signal at `hz` in one window. */
static double complex phasor(const Range *s, size_t start, double hz) {
    double complex sum = 0, rotation = cexp(-I * TWO_PI * hz / s->rate),
                   at = cexp(-I * TWO_PI * fmod(hz * (double)start / s->rate, 1));
    double weight = 0;
    for (size_t i = 0; i < s->size; i++) {
        double w = s->window[i];
        sum += w * s->x[start + i] * at;
        at *= rotation;
        weight += w;
    }
    return 2 * sum / weight;
}

/* Mean frequency of a harmonic relative to `hz`, as log2 of the ratio; its power. */
static double harmonic(const Range *s, double hz, double *power) {
    size_t n = (s->last - s->first) / s->hop + 1;
    double complex *p = malloc(n * sizeof *p);
    double most = 0, sum = 0, all = 0;
    *power = 0;
    for (size_t i = 0; p && i < n; i++) {
        p[i] = phasor(s, s->first + i * s->hop, hz);
        most = fmax(most, cabs(p[i]));
        *power += 0.5 * cabs(p[i]) * cabs(p[i]) / (double)n;
    }
    for (size_t i = 0; p && i + 1 < n; i++) {
        double w = 0.5 - 0.5 * cos(TWO_PI * ((double)i + 0.5) / (double)(n - 1));
        w *= fmin(1, fmin(cabs(p[i]), cabs(p[i + 1])) / (FAINT * most + 1e-30));
        sum += w * carg(p[i + 1] * conj(p[i]));
        all += w;
    }
    free(p);
    return log2(1 + sum / (all + 1e-30) / TWO_PI * s->rate / (double)s->hop / hz);
}

/* Fits y = a + b k^2, b >= 0: a string's harmonics are stretched. */
static double fit(const double *y, const double *w, int n, int counted) {
    double m[5] = {0}, c[2] = {0};
    for (int k = 1; k <= n; k++) {
        double q = (double)k * k;
        m[0] += w[k - 1];
        m[1] += w[k - 1] * q;
        m[2] += w[k - 1] * q * q;
        c[0] += w[k - 1] * y[k - 1];
        c[1] += w[k - 1] * q * y[k - 1];
    }
    double det = m[0] * m[2] - m[1] * m[1], b = det > 0 ? (m[0] * c[1] - m[1] * c[0]) / det : 0;
    return counted >= 3 && b > 0 ? (c[0] - b * m[1]) / m[0] : c[0] / m[0];
}

/* Maximum RMS over `size` consecutive samples. */
static double loudest(const float *x, size_t n, size_t size) {
    double sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * x[i] - (i >= size ? (double)x[i - size] * x[i - size] : 0);
        most = fmax(most, sum);
    }
    return fmax(sqrt(most / (double)size), 1e-4);
}

/* One measurement with windows of this many periods: longer ones reduce noise, but need a better initial estimate. */
static bool measure(Range *s, size_t n, double from, double to, double periods, double *octaves) {
    double y[MAX_HARMONICS], power[MAX_HARMONICS], most = 0, sum = 0, all = 0;
    s->size = (size_t)(s->rate * periods / s->f0);
    s->hop = s->size / 8 + 1;
    s->first = (size_t)(from * s->rate);
    size_t end = (size_t)(to * s->rate);
    end = end < n ? end : n;
    if (s->first + 3 * s->size > end)
        return false;
    s->last = end - s->size;
    s->window = malloc(s->size * sizeof *s->window);
    if (!s->window)
        return false;
    tb_hann(s->window, s->size);
    for (size_t i = s->first; i < end; i++)
        all += (double)s->x[i] * s->x[i] / (double)(end - s->first);
    int harmonics = (int)fmin(MAX_HARMONICS, fmax(1, HIGHEST / s->f0)), counted = 0;
    for (int k = 0; k < harmonics; k++) {
        y[k] = harmonic(s, (k + 1) * s->f0, &power[k]);
        most = fmax(most, power[k]);
        sum += power[k];
    }
    free(s->window);
    if (sqrt(all) < AUDIBLE * s->level || sum < HARMONIC * all)
        return false;
    for (int k = 0; k < harmonics; k++) {
        bool strong = power[k] > most * pow(10, -STRONG_DB / 10);
        power[k] = strong ? sqrt(power[k]) : 0;
        counted += strong;
    }
    *octaves = fit(y, power, harmonics, counted);
    return true;
}

bool mean_cents(const float *samples, size_t n, double rate, double f0, double from, double to, double *cents) {
    Range s = {.x = samples, .rate = rate, .f0 = f0};
    double coarse, fine;
    s.level = loudest(samples, n, (size_t)(0.05 * rate));
    if (!measure(&s, n, from, to, PERIODS, &coarse))
        return false;
    s.f0 *= exp2(coarse);
    if (fabs(coarse) > 0.1 || !measure(&s, n, from, to, 2 * PERIODS, &fine))
        return false;
    *cents = 1200 * (coarse + fine);
    return true;
}

double mean_cents_error(void) {
    enum { RATE = 44100, N = RATE * 16 / 10 };
    static const double keys[] = {28, 45, 60, 76, 100}, off[] = {0, 2.3, -7, 31};
    double worst = 0;
    float *x = malloc(N * sizeof *x);
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (size_t i = 0; x && i < sizeof keys / sizeof *keys * 4; i++) {
        double f0 = 440 * exp2((keys[i / 4] - 69) / 12), hz = f0 * exp2(off[i % 4] / 1200), phase = 0, got;
        double stretch = i % 2 ? 4e-4 : 0, vibrato = i % 4 == 2 ? 30.0 / 1200 : 0;
        for (int t = 0; t < N; t++) {
            phase += hz * exp2(vibrato * sin(TWO_PI * 5.3 * t / RATE)) / RATE;
            double fall = exp(-(double)t / RATE * (i % 3)), sum = 0.003 * (double)tb_rng_normal(&rng);
            for (int k = 1; k <= 12 && k * hz < 16000; k++)
                sum += 0.2 / k * fall * cos(TWO_PI * phase * k * sqrt(1 + stretch * k * k) + k);
            x[t] = (float)sum;
        }
        double error = mean_cents(x, N, RATE, f0, 0.5, 1.5, &got) ? fabs(got - off[i % 4]) : INFINITY;
        worst = fmax(worst, error);
    }
    free(x);
    return worst;
}
