/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mains hum: harmonics of 50 or 60 Hz with constant amplitude and phase, far below the notes. They are measured where
 * the sound is quiet (weighted least squares, each sample weighted by one over the power around it), and are hum only
 * if three separate parts of the quiet agree on amplitude and phase: the tail of a low note does not stay the same. */
#include "base/no_memory.h"
#include "synth/background.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FACTOR = 16, /* the search is at this fraction of the rate: 2756 Hz */
    BLOCK = 32,  /* samples at that rate, 12 ms: resolution of the weights */
    PARTS = 3,
    SCORED = 3,          /* harmonics that tune the frequency ... */
    SPAN = 64,           /* ... in sums of so many samples, 23 ms: they are less than 1 Hz from the nominal ones */
    NEEDED = 2,          /* harmonics */
    ROUNDS = 4,          /* of the joint fit of the harmonics */
    LONGEST = 60 * 2756, /* samples, a minute: over a longer time the frequency of mains is not constant */
};
#define RATE (TB_ANALYSIS_RATE / FACTOR)
#define SHORTEST 0.25 /* seconds */
#define BELOW_HZ 38.0 /* rumble is removed before the search */
#define HIGHEST_HZ 1100.0
#define DEVIATION 0.004   /* of the mains frequency */
#define CLEARLY 1.03      /* a deviating frequency must be better by this factor */
#define AGREE 0.35        /* maximum deviation of a part, relative to the mean ... */
#define AGREE_ANOTHER 0.7 /* ... if two harmonics have been found already */
#define FAINT_DB -30.0    /* relative to the loudest block: louder is a note */
#define PROMINENT 6.0     /* power over that between the harmonics */
#define RELEVANT_DB -78.0 /* relative to the loudest block: softer is nothing */

typedef struct {
    double re, im;
} Sum;

typedef struct {
    size_t n;
    const float *y, *weight; /* [n] */
    size_t part[PARTS + 1];  /* parts of equal weight */
    double all[PARTS];       /* weights of the parts */
    Sum *shifted;            /* scratch */
} Search;

/* Weighted mean of y times exp(-i w t) in each part. */
static void correlate(const Search *s, const float *y, double hz, Sum *out) {
    double step = 2 * TB_PI * hz / RATE, rc = cos(step), rs = sin(step);
    for (int p = 0; p < PARTS; p++) {
        double c = cos(step * (double)s->part[p]), v = sin(step * (double)s->part[p]), re = 0, im = 0;
        for (size_t i = s->part[p]; i < s->part[p + 1]; i++) {
            double a = (double)s->weight[i] * (double)y[i], t = c * rc - v * rs;
            re += a * c;
            im -= a * v;
            v = v * rc + c * rs;
            c = t;
        }
        out[p] = (Sum){re, im};
    }
}

static Sum mean_of(const Search *s, const Sum *part) {
    double re = 0, im = 0, all = 1e-30;
    for (int p = 0; p < PARTS; p++) {
        re += part[p].re;
        im += part[p].im;
        all += s->all[p];
    }
    return (Sum){re / all, im / all};
}

static double power_at(const Search *s, double hz) {
    Sum part[PARTS], m;
    correlate(s, s->y, hz, part);
    m = mean_of(s, part);
    return m.re * m.re + m.im * m.im;
}

/* Whether all parts have the same complex amplitude at hz. */
static bool steady(const Search *s, double hz, double agree, Sum *mean) {
    Sum part[PARTS];
    correlate(s, s->y, hz, part);
    *mean = mean_of(s, part);
    for (int p = 0; p < PARTS; p++) {
        double re = part[p].re / s->all[p] - mean->re, im = part[p].im / s->all[p] - mean->im;
        if (hypot(re, im) > agree * hypot(mean->re, mean->im))
            return false;
    }
    return true;
}

/* What is near the first harmonics of `nominal`, shifted to 0 Hz, at 1 / SPAN of the rate: shifted[SCORED][spans]. */
static void shift(const Search *s, double nominal) {
    size_t spans = (s->n - 1) / SPAN + 1;
    memset(s->shifted, 0, SCORED * spans * sizeof *s->shifted);
    for (int k = 0; k < SCORED; k++) {
        double step = 2 * TB_PI * (k + 1) * nominal / RATE, rc = cos(step), rs = sin(step), c = 1, v = 0;
        for (size_t i = 0; i < s->n; i++) {
            double a = (double)s->weight[i] * (double)s->y[i], t = c * rc - v * rs;
            Sum *sum = &s->shifted[(size_t)k * spans + i / SPAN];
            sum->re += a * c;
            sum->im -= a * v;
            v = v * rc + c * rs;
            c = t;
        }
    }
}

/* Power of the first harmonics of a base frequency `off` Hz from the nominal one. */
static double score(const Search *s, double off) {
    size_t spans = (s->n - 1) / SPAN + 1;
    double power = 0;
    for (int k = 0; k < SCORED; k++) {
        double step = 2 * TB_PI * (k + 1) * off * SPAN / RATE, rc = cos(step), rs = sin(step), c = 1, v = 0;
        double re = 0, im = 0;
        for (size_t b = 0; b < spans; b++) {
            Sum z = s->shifted[(size_t)k * spans + b];
            double t = c * rc - v * rs;
            re += z.re * c + z.im * v;
            im += z.im * c - z.re * v;
            v = v * rc + c * rs;
            c = t;
        }
        power += re * re + im * im;
    }
    return power;
}

/* The base frequency near `nominal` that fits best. */
static double tune(const Search *s, double nominal) {
    shift(s, nominal);
    double best = nominal, most = CLEARLY * score(s, 0), step = 0.04 * RATE / (double)s->n;
    for (double d = step; d < DEVIATION * nominal; d += step) {
        for (int sign = -1; sign <= 1; sign += 2) {
            double now = score(s, sign * d);
            if (now > most) {
                most = now;
                best = nominal + sign * d;
            }
        }
    }
    return best;
}

/* Fills `out` with the harmonics of `base` that are steady and prominent. Returns their power. */
static double collect(const Search *s, double base, double agree, double loudest, TbBackground *out) {
    double all = 0;
    memset(out->hum, 0, sizeof out->hum);
    out->n_hum = 0;
    out->hum_base = (float)base;
    for (int k = 1; k * base < HIGHEST_HZ && out->n_hum < TB_HUMS; k++) {
        Sum c;
        double beside = 0, off = 0.35 * base;
        if (!steady(s, k * base, agree, &c))
            continue;
        beside = (power_at(s, k * base - off) + power_at(s, k * base + off)) / 2;
        double power = c.re * c.re + c.im * c.im;
        if (power < PROMINENT * beside || 2 * power < pow(10, RELEVANT_DB / 10) * loudest)
            continue;
        TbHum *h = &out->hum[out->n_hum++];
        *h = (TbHum){.hz = (float)(k * base)};
        all += 2 * power;
    }
    return all;
}

/* Amplitudes and phases of all harmonics together: each from what the others leave. rest[n] is scratch. */
static void fit(const Search *s, TbBackground *out, float *rest) {
    memcpy(rest, s->y, s->n * sizeof *rest);
    for (int round = 0; round < ROUNDS; round++) {
        for (int k = 0; k < out->n_hum; k++) {
            TbBackground one = {.n_hum = 1, .hum = {out->hum[k]}};
            Sum part[PARTS], c;
            tbi_add_hum(&one, RATE, 1, rest, s->n);
            correlate(s, rest, (double)one.hum[0].hz, part);
            c = mean_of(s, part);
            one.hum[0].amplitude = (float)(2 * hypot(c.re, c.im));
            one.hum[0].turns = (float)(atan2(c.im, c.re) / (2 * TB_PI));
            out->hum[k] = one.hum[0];
            tbi_add_hum(&one, RATE, -1, rest, s->n);
        }
    }
}

/* weight[n]: one over the power around each sample, for y[n]. Returns the power of the loudest block. */
static double weigh(const float *y, size_t n, float *weight) {
    double loudest = 0;
    size_t n_blocks = (n - 1) / BLOCK + 1;
    for (size_t b = 0; b < n_blocks; b++) {
        size_t from = b * BLOCK, to = from + BLOCK < n ? from + BLOCK : n;
        double sum = 0;
        for (size_t i = from; i < to; i++)
            sum += (double)y[i] * (double)y[i];
        sum /= (double)(to - from);
        loudest = fmax(loudest, sum);
        for (size_t i = from; i < to; i++)
            weight[i] = (float)sum;
    }
    double before = 0;
    for (size_t b = 0; b < n_blocks; b++) { /* the most of three blocks: none that touches a note counts much */
        size_t from = b * BLOCK, to = from + BLOCK < n ? from + BLOCK : n;
        double here = (double)weight[from], after = to < n ? (double)weight[to] : here;
        double most = fmax(here, fmax(before, after)) + 1e-9 * loudest + 1e-20;
        for (size_t i = from; i < to; i++)
            weight[i] = (float)(loudest / most);
        before = here;
    }
    return loudest;
}

static void split(Search *s) {
    double all = 0, sum = 0;
    for (size_t i = 0; i < s->n; i++)
        all += (double)s->weight[i];
    memset(s->all, 0, sizeof s->all);
    s->part[0] = 0;
    for (size_t i = 0, p = 0; i < s->n; i++) {
        sum += (double)s->weight[i];
        s->all[p] += (double)s->weight[i];
        if (p + 1 < PARTS && sum > all * (double)(p + 1) / PARTS)
            s->part[++p] = i + 1;
    }
    s->part[PARTS] = s->n;
}

static void search(Search *s, double loudest, float *rest, TbBackground *background) {
    TbBackground best = {0};
    double most = 0;
    for (int i = 0; i < 2; i++) {
        TbBackground now = {0};
        double base = tune(s, i ? 60 : 50), power = collect(s, base, AGREE, loudest, &now);
        if (now.n_hum >= NEEDED)
            power = collect(s, base, AGREE_ANOTHER, loudest, &now);
        if (now.n_hum >= NEEDED && power > most) {
            most = power;
            best = now;
        }
    }
    if (most <= 0 || most > pow(10, FAINT_DB / 10) * loudest)
        return;
    fit(s, &best, rest);
    background->hum_base = best.hum_base;
    background->n_hum = best.n_hum;
    memcpy(background->hum, best.hum, sizeof best.hum);
}

TbStatus tbi_find_hum(const float *x, size_t n, TbBackground *background) {
    if (n > (size_t)LONGEST * FACTOR)
        return TB_OK;
    size_t n_low = (n - 1) / FACTOR + 1;
    if ((double)n_low < SHORTEST * RATE)
        return TB_OK;
    TbArena memory = {0};
    float *y = tbi_arena_floats(&memory, n_low), *slow = tbi_arena_floats(&memory, n_low),
          *weight = tbi_arena_floats(&memory, n_low);
    Sum *shifted = tbi_arena_alloc(&memory, SCORED * ((n_low - 1) / SPAN + 1), sizeof *shifted);
    TbStatus status = memory.failed ? tbi_no_memory("to analyse this sound") : TB_OK;
    if (status == TB_OK)
        status = tbi_lowpass(x, n, FACTOR, 0.5 / FACTOR, 256, y);
    if (status == TB_OK)
        status = tbi_lowpass(y, n_low, 1, BELOW_HZ / RATE, 505, slow);
    if (status == TB_OK) {
        for (size_t i = 0; i < n_low; i++)
            y[i] -= slow[i];
        Search s = {.n = n_low, .y = y, .weight = weight, .shifted = shifted};
        double loudest = weigh(y, n_low, weight);
        split(&s);
        if (loudest > 0)
            search(&s, loudest, slow, background);
    }
    tbi_arena_free(&memory);
    return status;
}
