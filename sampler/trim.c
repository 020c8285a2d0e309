/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures a rendered note: its audible range, its level, whether it sustains. */
#include "timbrel/sampler.h"

#include <math.h>

static const double ONSET_DB = 70;     /* below the loudest sample: where a note becomes audible */
static const double BEFORE = 0.001;    /* s kept before that */
static const double WINDOW = 0.05;     /* s per level */
static const double SILENCE_DB = -100; /* lower levels are silence */
static const double SUSTAINED_SLOPE = -3, SUSTAINED_RANGE = 30; /* dB/s, dB */

static float loudest_sample(const float *x, size_t n) {
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    return most;
}

bool tb_note_trim(const float *samples, size_t n, double sample_rate, double range_db, size_t *first, size_t *last) {
    float most = loudest_sample(samples, n);
    *first = *last = 0;
    if (!(most > pow(10, SILENCE_DB / 20)))
        return false;
    float begins = most * (float)pow(10, -ONSET_DB / 20), ends = most * (float)pow(10, -range_db / 20);
    size_t before = (size_t)(BEFORE * sample_rate);
    while (fabsf(samples[*first]) < begins)
        ++*first;
    *first -= *first < before ? *first : before;
    *last = n - 1;
    while (fabsf(samples[*last]) < ends)
        --*last;
    return true;
}

static double level(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return 10 * log10(sum / (double)n + 1e-20);
}

double tb_note_slope(const float *samples, size_t n, double sample_rate, double from, double to) {
    size_t width = (size_t)(WINDOW * sample_rate), end = (size_t)(to * sample_rate);
    double t = 0, db = 0, tt = 0, tdb = 0, count = 0;
    for (size_t at = (size_t)(from * sample_rate); at + width <= end; at += width, count++) {
        double here = at + width <= n ? level(samples + at, width) : -INFINITY, time = (double)at / sample_rate - from;
        if (here < SILENCE_DB)
            return -INFINITY;
        t += time;
        db += here;
        tt += time * time;
        tdb += time * here;
    }
    double spread = count * tt - t * t;
    return spread > 0 ? (count * tdb - t * db) / spread : 0;
}

double tb_note_level(const float *samples, size_t n, double sample_rate) {
    size_t width = (size_t)(WINDOW * sample_rate);
    double most = -INFINITY;
    if (n < width)
        return n ? level(samples, n) : most;
    for (size_t at = 0; at + width <= n; at += width / 2)
        most = fmax(most, level(samples + at, width));
    return most;
}

bool tb_note_sustains(const float *samples, size_t n, double sample_rate) {
    double from = 1.5, to = 2.5;
    if ((double)n < to * sample_rate || tb_note_slope(samples, n, sample_rate, from, to) < SUSTAINED_SLOPE)
        return false;
    size_t at = (size_t)(from * sample_rate), until = (size_t)(to * sample_rate);
    return level(samples + at, until - at) > tb_note_level(samples, n, sample_rate) - SUSTAINED_RANGE;
}
