/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures how audible the seam of a loop is: each measure is taken around the seam and compared with its range
 * elsewhere in the loop. A change that stands out in a steady tone is normal in a tremolo. */
#include "audio/erb.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "timbrel/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = 2048,
    HOP = FRAME / 4,
    BANDS = 26,   /* evenly spaced in ERB number (Glasberg and Moore 1990), but none narrower than ... */
    MIN_BINS = 4, /* ... this many bins: with fewer the level of noise is too random */
    AVERAGED = 7, /* frames averaged for one level: 100 ms */
};
static const double AUDIBLE_DB = 60; /* bands down to this far below the loudest count */

/* The end of the loop, then its beginning, two loop lengths in all: the seam is at `length`. */
typedef struct {
    float *x;
    size_t length, crossfade;
    double rate;
} Round;

/* The range of a measure over windows away from the seam, and over those at it. */
typedef struct {
    double low, high, seam_low, seam_high;
} Range;

static const Range NOTHING = {INFINITY, -INFINITY, INFINITY, -INFINITY};

static void range_add(Range *r, double value, bool seam) {
    double *low = seam ? &r->seam_low : &r->low, *high = seam ? &r->seam_high : &r->high;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static double range_excess(const Range *r) {
    if (!(r->low <= r->high && r->seam_low <= r->seam_high))
        return 0;
    return fmax(0, fmax(r->seam_high - r->high, r->low - r->seam_low));
}

/* Windows from the loop's start to the fade, once around, are away from the seam; those that overlap the fade or the
 * continuation after the seam are at it. */
static bool at_seam(const Round *r, size_t from, size_t width) {
    return from + width > r->length - r->crossfade;
}

static double level(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return 10 * log10(sum / (double)n + 1e-12);
}

/* For windows of some seconds: their levels, and the steps between successive windows. */
static double level_excess(const Round *r, double seconds) {
    size_t width = (size_t)(seconds * r->rate), hop = width / 4 + 1;
    Range levels = NOTHING, steps = NOTHING;
    for (size_t from = 0; from < r->length && from + 2 * width < 2 * r->length; from += hop) {
        double here = level(r->x + from, width), next = level(r->x + from + width, width);
        range_add(&levels, here, at_seam(r, from, width));
        range_add(&steps, fabs(next - here), at_seam(r, from, 2 * width));
    }
    steps.seam_low = steps.low; /* a small step is not a defect */
    return fmax(range_excess(&levels), range_excess(&steps));
}

/* Assigns bins to bands: band[FRAME / 2 + 1]; returns the number of bands. */
static int lay_out_bands(double rate, int *band) {
    double step = tbi_erb_number(16000) / BANDS;
    int b = 0, in_band = 0;
    for (int k = 0; k <= FRAME / 2; k++) {
        double hz = k * rate / FRAME;
        if (in_band >= MIN_BINS && b < BANDS - 1 && tbi_erb_number(hz) >= (b + 1) * step) {
            b++;
            in_band = 0;
        }
        band[k] = b;
        in_band++;
    }
    return b + 1;
}

typedef struct {
    TbFft *fft;
    float *window, *work, *spectrum;
    int band[FRAME / 2 + 1], n_bands;
} Bands;

static void band_powers(const Bands *s, const float *x, double *power) {
    memset(power, 0, (size_t)s->n_bands * sizeof *power);
    for (size_t i = 0; i < FRAME; i++)
        s->work[i] = x[i] * s->window[i];
    tb_fft_forward(s->fft, s->work, s->spectrum);
    for (size_t k = 1; k <= FRAME / 2; k++) {
        double re = s->spectrum[2 * k], im = s->spectrum[2 * k + 1];
        power[s->band[k]] += re * re + im * im;
    }
}

/* powers[n][BANDS] of n frames HOP apart -> mean excess over audible bands of the averaged levels at the seam. */
static double bands_excess(const Round *r, const Bands *s, const double *powers, size_t n) {
    double loudest = -INFINITY, total = 0;
    int n_audible = 0;
    Range ranges[BANDS];
    for (int b = 0; b < s->n_bands; b++) {
        ranges[b] = NOTHING;
        for (size_t i = 0; i + AVERAGED <= n; i++) {
            double sum = 1e-9;
            for (size_t j = 0; j < AVERAGED; j++)
                sum += powers[(i + j) * BANDS + (size_t)b] / AVERAGED;
            range_add(&ranges[b], 10 * log10(sum), at_seam(r, i * HOP, FRAME + (AVERAGED - 1) * HOP));
            loudest = fmax(loudest, 10 * log10(sum));
        }
    }
    for (int b = 0; b < s->n_bands; b++)
        if (fmax(ranges[b].high, ranges[b].seam_high) > loudest - AUDIBLE_DB) {
            total += range_excess(&ranges[b]);
            n_audible++;
        }
    return n_audible ? total / n_audible : 0;
}

static TbStatus spectrum_excess(const Round *r, double *excess) {
    TbArena memory = {0};
    Bands s = {.window = tbi_arena_floats(&memory, FRAME),
               .work = tbi_arena_floats(&memory, FRAME),
               .spectrum = tbi_arena_floats(&memory, FRAME + 2)};
    size_t n = (r->length + r->length / 2 - FRAME) / HOP; /* the seam and half the loop after it */
    double *powers = tbi_arena_alloc(&memory, n * BANDS, sizeof *powers);
    TbStatus status = memory.failed ? tbi_no_memory("to measure a loop") : tb_fft_new(FRAME, &s.fft);
    if (status == TB_OK) {
        s.n_bands = lay_out_bands(r->rate, s.band);
        tb_hann(s.window, FRAME);
        for (size_t i = 0; i < n; i++)
            band_powers(&s, r->x + i * HOP, powers + i * BANDS);
        /* Averages that begin after the seam repeat those at the beginning of the loop. */
        size_t once = (r->length + (AVERAGED - 1) * HOP) / HOP;
        *excess = bands_excess(r, &s, powers, once < n ? once : n);
    }
    tb_fft_free(s.fft);
    tbi_arena_free(&memory);
    return status;
}

/* A jump or a kink is large in the second difference, whatever the slope of the signal. */
static double click(const Round *r) {
    double elsewhere = 1e-9, seam = 0;
    for (size_t i = 1; i + 1 < r->length + 8; i++) {
        double bend = fabs((double)r->x[i + 1] - 2.0 * r->x[i] + r->x[i - 1]);
        if (i + 8 >= r->length)
            seam = fmax(seam, bend);
        else
            elsewhere = fmax(elsewhere, bend);
    }
    return seam / elsewhere;
}

TbStatus tb_loop_measure(const float *samples, double sample_rate, const TbLoop *loop, TbLoopQuality *quality) {
    Round r = {.length = loop->end - loop->start, .crossfade = loop->crossfade, .rate = sample_rate};
    if (loop->end <= loop->start || r.crossfade >= r.length || (double)r.length < 0.3 * sample_rate)
        return tb_fail(TB_ERR_ARGUMENT, "A loop of %zu samples is too short to be measured.", r.length);
    r.x = malloc(2 * r.length * sizeof *r.x);
    if (!r.x)
        return tbi_no_memory("to measure a loop");
    memcpy(r.x, samples + loop->start, r.length * sizeof *r.x);
    memcpy(r.x + r.length, r.x, r.length * sizeof *r.x);
    quality->level_db = fmax(level_excess(&r, 0.02), level_excess(&r, 0.1));
    quality->click = click(&r);
    TbStatus status = spectrum_excess(&r, &quality->spectrum_db);
    free(r.x);
    return status;
}
