/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kick drums: one strong sinusoid whose frequency falls, often by an octave within two or three of its periods. No
 * window is short enough to follow that; the zero crossings do. Between two of them lies half a period: where, how long
 * and how high it is gives phase, frequency and amplitude. */
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 1024,     /* crossings */
    FEWEST = 5,      /* half periods that a sweep needs */
    SMOOTHING = 48,  /* samples: clicks and hiss make no crossings */
    FIRST_BY = 1323, /* samples: the sweep begins within 30 ms */
};
#define HIGHEST_HZ 600.0f
#define LOWEST_HZ 22.0f
#define FALLS_BY 1.3f /* from the first half period to the last, at least */
#define RISE 1.12f    /* from one half period to the next of the same sign, at most */
#define UNEVEN 1.35f  /* from one half period to the next */
#define FASTEST_FALL 0.45f
#define FADED 5e-4f      /* of the highest: over */
#define EXPLAINED_DB 9.0 /* of the sound, at least */

typedef struct {
    int n; /* half periods */
    bool first_positive;
    float at[MOST + 1]; /* samples: crossings */
    float height[MOST]; /* amplitude of each half period */
} Crossings;

/* Moving average of a moving average: a triangle of 2 SMOOTHING samples. */
static void smooth(const float *x, size_t n, float *y) {
    for (int pass = 0; pass < 2; pass++) {
        float last[SMOOTHING] = {0};
        double sum = 0;
        /* The second pass runs backwards, so that nothing moves in time. */
        for (size_t i = 0; i < n; i++) {
            size_t j = pass == 0 ? i : n - 1 - i;
            float v = pass == 0 ? x[j] : y[j];
            sum += (double)v - (double)last[i % SMOOTHING];
            last[i % SMOOTHING] = v;
            y[j] = (float)(sum / SMOOTHING);
        }
    }
}

/* Amplitude of the half sine between two crossings that fits x best. */
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

/* Does the last half period go on where those before it were heading? Positive and negative ones may differ. */
static bool follows(const Crossings *c, int last) {
    float hz = half_period_hz(c, last);
    if (hz < LOWEST_HZ || hz > HIGHEST_HZ)
        return false;
    float before = last > 0 ? half_period_hz(c, last - 1) : hz, like = last > 1 ? half_period_hz(c, last - 2) : hz;
    return hz > FASTEST_FALL * before && hz < UNEVEN * before && hz < RISE * like;
}

/* Crossings as long as they belong to one falling sweep, which begins in the attack. */
static void find_crossings(const float *x, const float *y, size_t n, Crossings *c) {
    float highest = 0;
    int found = 0;
    for (size_t i = 1; i < n && found < MOST; i++) {
        if ((y[i - 1] < 0) == (y[i] < 0))
            continue;
        c->at[found++] = (float)(i - 1) + y[i - 1] / (y[i - 1] - y[i]);
        float height = found > 1 ? half_sine(x, n, c->at[found - 2], c->at[found - 1]) : 0;
        highest = height > highest ? height : highest;
        bool over = found > 1 && (!follows(c, found - 2) || height < FADED * highest);
        if (over && (found > FEWEST || i > FIRST_BY)) {
            found--;
            break;
        }
        if (over) { /* clicks and clatter of the attack: the sweep begins here at the earliest */
            c->at[0] = c->at[found - 1];
            found = 1;
        }
        if (found == 1)
            c->first_positive = y[i] >= 0;
    }
    c->n = found > 0 ? found - 1 : 0;
}

/* An offset or an even harmonic makes positive half periods longer than negative ones, or shorter: that alternation is
 * taken out. */
static void even_out(Crossings *c) {
    float lean[MOST + 1] = {0}, by[MOST + 1] = {0};
    for (int i = 1; i < c->n; i++)
        lean[i] = (i % 2 ? -1.0f : 1.0f) * (2 * c->at[i] - c->at[i - 1] - c->at[i + 1]) / 4;
    for (int i = 0; i <= c->n && c->n > 6; i++) {
        int middle = i < 3 ? 3 : i > c->n - 3 ? c->n - 3 : i;
        for (int j = middle - 2; j <= middle + 2; j++)
            by[i] += lean[j] / 5;
        by[i] *= i % 2 ? -1 : 1;
    }
    for (int i = 0; i <= c->n; i++)
        c->at[i] -= by[i];
}

/* The sinusoid at sample p: frequency, amplitude, turns of a cosine. Frequency is linear between the middles of half
 * periods; phase is exact at each crossing. */
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
    if (p < c->at[0]) { /* before the first crossing it may have fallen faster still */
        float trend = c->n > 1 ? half_period_hz(c, 0) / half_period_hz(c, 1) : 1;
        *hz = half_period_hz(c, 0) * fminf(trend, 1.5f);
        w = (p - c->at[0]) / (TB_RATE / 2 / *hz);
    }
    double t = 0.5 * ((double)i + (double)w) + (c->first_positive ? 0 : 0.5) - 0.25;
    *turns = (float)(t - floor(t));
    if (p > c->at[c->n]) /* over */
        *amplitude *= fmaxf(0, 1 - (p - c->at[c->n]) / (2 * TB_HOP_SIZE));
}

static bool falls(const Crossings *c) {
    return c->n >= FEWEST && half_period_hz(c, 0) > FALLS_BY * half_period_hz(c, c->n - 1);
}

static double energy(const float *x, size_t n) {
    double sum = 1e-20;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

/* x less the sinusoid, as a synth would play it. */
static void take_out(const Crossings *c, float *x, size_t n) {
    Partials p[2];
    for (size_t t = 0; t * TB_HOP_SIZE < n; t++) {
        for (size_t i = t == 0 ? 0 : 1; i < 2; i++) {
            Partials *q = &p[(t + i) % 2];
            sweep_at(c, (float)((t + i) * TB_HOP_SIZE), &q->freq[0], &q->amplitude[0], &q->turns[0]);
        }
        size_t at = t * TB_HOP_SIZE, left = n - at;
        tbi_subtract_partials(x + at, left < TB_HOP_SIZE ? (int)left : TB_HOP_SIZE, TB_HOP_SIZE, &p[t % 2],
                              &p[(t + 1) % 2], 1);
    }
}

TbStatus tbi_fit_pitch_sweep(const Note *note, Note *sweep, bool *found) {
    Crossings c = {0};
    float *y = malloc(note->n * sizeof *y);
    *found = false;
    if (!y)
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to analyse this sound.");
    smooth(note->x, note->n, y);
    find_crossings(note->x, y, note->n, &c);
    even_out(&c);
    for (int i = 0; i < c.n; i++)
        c.height[i] = half_sine(note->x, note->n, c.at[i], c.at[i + 1]);
    if (falls(&c)) {
        memcpy(y, note->x, note->n * sizeof *y);
        take_out(&c, y, note->n);
        *found = 10 * log10(energy(note->x, note->n) / energy(y, note->n)) > EXPLAINED_DB;
    }
    free(y);
    TbStatus status = *found ? tbi_note_init(sweep, note->x, note->n, note->cut) : TB_OK;
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
