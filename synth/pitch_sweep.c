/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pitch sweeps of kick drums: one strong sinusoid whose frequency falls, often by an octave within two or three
 * periods. No analysis window is short enough for that, but the zero crossings track it: position, length and height of
 * each half period between two crossings give phase, frequency and amplitude. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_CROSSINGS = 1024, /* maximum number of crossings */
    MIN_HALF_PERIODS = 5, /* minimum number of half periods in a sweep */
    SMOOTHING = 48,       /* samples: removes crossings due to clicks and hiss */
    FIRST_BY = 1323,      /* samples: the sweep starts within 30 ms */
};
#define HIGHEST_HZ 600.0f
#define LOWEST_HZ 22.0f
#define FALLS_BY 1.3f      /* minimum frequency ratio of the first half period to the last */
#define RISE 1.12f         /* maximum frequency ratio of a half period to the one before of the same sign */
#define UNEVEN 1.35f       /* maximum frequency ratio of a half period to the one before */
#define FASTEST_FALL 0.45f /* minimum of the same ratio */
#define FADED 5e-4f        /* of the peak amplitude: the sweep is over */
#define EXPLAINED_DB 9.0   /* minimum explained energy */

typedef struct {
    int n; /* half periods */
    bool first_positive;
    float at[MAX_CROSSINGS + 1]; /* crossings, in samples */
    float height[MAX_CROSSINGS]; /* amplitude of each half period */
} Crossings;

/* Two moving averages in series, i.e. a triangular window of 2 SMOOTHING samples. */
static void smooth(const float *x, size_t n, float *y) {
    for (int pass = 0; pass < 2; pass++) {
        float last[SMOOTHING] = {0};
        double sum = 0;
        /* The second pass runs backwards for zero delay. */
        for (size_t i = 0; i < n; i++) {
            size_t j = pass == 0 ? i : n - 1 - i;
            float v = pass == 0 ? x[j] : y[j];
            sum += (double)v - (double)last[i % SMOOTHING];
            last[i % SMOOTHING] = v;
            y[j] = (float)(sum / SMOOTHING);
        }
    }
}

/* Least-squares amplitude of a half sine between two crossings of x[n]. */
static float half_sine(const float *x, size_t n, float from, float to) {
    double sum = 0, all = 1e-12;
    for (size_t i = (size_t)ceilf(from); i < n && (float)i < to; i++) {
        double s = sin(TB_PI * ((double)i - (double)from) / ((double)to - (double)from));
        sum += s * (double)x[i];
        all += s * s;
    }
    return (float)fabs(sum / all);
}

static float half_period_hz(const Crossings *c, int i) {
    return TB_RATE / 2 / (c->at[i + 1] - c->at[i]);
}

/* Whether the last half period continues the sweep. Positive and negative half periods may differ in length. */
static bool follows(const Crossings *c, int last) {
    float hz = half_period_hz(c, last);
    if (hz < LOWEST_HZ || hz > HIGHEST_HZ)
        return false;
    float before = last > 0 ? half_period_hz(c, last - 1) : hz, same_sign = last > 1 ? half_period_hz(c, last - 2) : hz;
    return hz > FASTEST_FALL * before && hz < UNEVEN * before && hz < RISE * same_sign;
}

/* Finds the crossings of one falling sweep that starts in the attack. x[n] is the sound, y[n] its smoothed version. */
static void find_crossings(const float *x, const float *y, size_t n, Crossings *c) {
    float highest = 0;
    int found = 0;
    for (size_t i = 1; i < n && found < MAX_CROSSINGS; i++) {
        if ((y[i - 1] < 0) == (y[i] < 0))
            continue;
        c->at[found++] = (float)(i - 1) + y[i - 1] / (y[i - 1] - y[i]);
        float height = found > 1 ? half_sine(x, n, c->at[found - 2], c->at[found - 1]) : 0;
        highest = height > highest ? height : highest;
        bool over = found > 1 && (!follows(c, found - 2) || height < FADED * highest);
        if (over && (found > MIN_HALF_PERIODS || i > FIRST_BY)) {
            found--;
            break;
        }
        if (over) { /* still the noise of the attack: the sweep starts here or later */
            c->at[0] = c->at[found - 1];
            found = 1;
        }
        if (found == 1)
            c->first_positive = y[i] >= 0;
    }
    c->n = found > 0 ? found - 1 : 0;
}

/* Removes the alternation in length of positive and negative half periods, due to DC or even harmonics. */
static void remove_alternation(Crossings *c) {
    float shift[MAX_CROSSINGS + 1] = {0}, correction[MAX_CROSSINGS + 1] = {0};
    for (int i = 1; i < c->n; i++)
        shift[i] = (i % 2 ? -1.0f : 1.0f) * (2 * c->at[i] - c->at[i - 1] - c->at[i + 1]) / 4;
    for (int i = 0; i <= c->n && c->n > 6; i++) {
        int middle = i < 3 ? 3 : i > c->n - 3 ? c->n - 3 : i;
        for (int j = middle - 2; j <= middle + 2; j++)
            correction[i] += shift[j] / 5;
        correction[i] *= i % 2 ? -1 : 1;
    }
    for (int i = 0; i <= c->n; i++)
        c->at[i] -= correction[i];
}

/* Frequency, amplitude and phase (as a cosine) of the sweep at sample p. The frequency is interpolated linearly between
 * the centres of half periods; the phase is exact at each crossing. */
static void sweep_at(const Crossings *c, float p, float *hz, float *amplitude, float *turns) {
    int i = 0;
    while (i + 1 < c->n && p >= c->at[i + 1])
        i++;
    float length = c->at[i + 1] - c->at[i], w = (p - c->at[i]) / length;
    int other = w < 0.5f ? i - 1 : i + 1;
    other = other < 0 ? 0 : other >= c->n ? c->n - 1 : other;
    float mix = fminf(fabsf(w - 0.5f) * length / (0.5f * (length + c->at[other + 1] - c->at[other])), 0.5f);
    *hz = half_period_hz(c, i) * (1 - mix) + half_period_hz(c, other) * mix;
    *amplitude = c->height[i] * (1 - mix) + c->height[other] * mix;
    if (p < c->at[0]) { /* extrapolate the trend before the first crossing */
        float trend = c->n > 1 ? half_period_hz(c, 0) / half_period_hz(c, 1) : 1;
        *hz = half_period_hz(c, 0) * fminf(trend, 1.5f);
        w = (p - c->at[0]) / (TB_RATE / 2 / *hz);
    }
    double t = 0.5 * ((double)i + (double)w) + (c->first_positive ? 0 : 0.5) - 0.25;
    *turns = (float)(t - floor(t));
    if (p > c->at[c->n]) /* fade out after the last crossing */
        *amplitude *= fmaxf(0, 1 - (p - c->at[c->n]) / (2 * TB_HOP_SIZE));
}

static bool falls(const Crossings *c) {
    return c->n >= MIN_HALF_PERIODS && half_period_hz(c, 0) > FALLS_BY * half_period_hz(c, c->n - 1);
}

static double energy(const float *x, size_t n) {
    double sum = 1e-20;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

/* Subtracts the sinusoid from x[n] as the synth would play it. */
static void subtract_sweep(const Crossings *c, float *x, size_t n) {
    Partials p[2];
    for (size_t t = 0; t * TB_HOP_SIZE < n; t++) {
        for (size_t i = t == 0 ? 0 : 1; i < 2; i++) {
            Partials *q = &p[(t + i) % 2];
            sweep_at(c, (float)((t + i) * TB_HOP_SIZE), &q->freq[0], &q->amplitude[0], &q->turns[0]);
        }
        size_t at = t * TB_HOP_SIZE, left = n - at;
        tbi_subtract_partials(x + at, left < TB_HOP_SIZE ? (int)left : TB_HOP_SIZE, TB_HOP_SIZE, t == 0, &p[t % 2],
                              &p[(t + 1) % 2], 1);
    }
}

TbStatus tbi_fit_pitch_sweep(const Note *note, Note *sweep, bool *found) {
    Crossings c = {0};
    float *y = malloc(note->n * sizeof *y);
    *found = false;
    if (!y)
        return tbi_no_memory("to analyse this sound");
    smooth(note->x, note->n, y);
    find_crossings(note->x, y, note->n, &c);
    remove_alternation(&c);
    for (int i = 0; i < c.n; i++)
        c.height[i] = half_sine(note->x, note->n, c.at[i], c.at[i + 1]);
    if (falls(&c)) {
        memcpy(y, note->x, note->n * sizeof *y);
        subtract_sweep(&c, y, note->n);
        *found = 10 * log10(energy(note->x, note->n) / energy(y, note->n)) > EXPLAINED_DB;
    }
    free(y);
    TbStatus status = *found ? tbi_note_init(sweep, note->x, note->n, note->follows, note->cut) : TB_OK;
    for (size_t t = 0; status == TB_OK && *found && t < sweep->n_frames; t++) {
        float amplitude, turns;
        Cpx *h = &sweep->harmonic[t * TB_HARMONICS];
        sweep_at(&c, (float)(t * TB_HOP_SIZE), &sweep->f0[t], &amplitude, &turns);
        h->re = amplitude * cosf(2 * (float)TB_PI * turns);
        h->im = amplitude * sinf(2 * (float)TB_PI * turns);
        sweep->n_harmonics = 1;
    }
    return status;
}
