/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does one hear where a loop begins again? Whatever can be measured around the seam is compared with the same thing
 * elsewhere in the loop: what a steady tone must not do, a tremolo may. */
#include "timbrel/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = 2048,
    HOP = FRAME / 4,
    BANDS = 26,    /* evenly spaced in ERB number (Glasberg and Moore 1990), but none narrower than ... */
    NARROWEST = 4, /* ... so many bins: the level of less is chance where there is noise */
    STRETCH = 7,   /* frames whose mean power is one level: 100 ms */
};
static const double HEARD_DB = 60; /* a band this far under the loudest counts */

/* The end of the loop and its beginning, twice round: seam at `length`. */
typedef struct {
    float *x;
    size_t length, crossfade;
    double rate;
} Round;

/* The range of something over windows that have nothing to do with the seam, and over those that do. */
typedef struct {
    double low, high, seam_low, seam_high;
} Range;

static const Range NOTHING = {INFINITY, -INFINITY, INFINITY, -INFINITY};

static void range_add(Range *r, double value, bool quality) {
    double *low = quality ? &r->seam_low : &r->low, *high = quality ? &r->seam_high : &r->high;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static double range_excess(const Range *r) {
    if (!(r->low <= r->high && r->seam_low <= r->seam_high))
        return 0;
    return fmax(0, fmax(r->seam_high - r->high, r->low - r->seam_low));
}

/* Windows from the loop's start on, once round, that end before the fade are elsewhere; those that touch the fade or
 * what follows the seam are at it. */
static bool at_seam(const Round *r, size_t from, size_t width) {
    return from + width > r->length - r->crossfade;
}

static double level(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return 10 * log10(sum / (double)n + 1e-12);
}

/* Of windows of some seconds: their levels, and the step from one to the next. */
static double level_excess(const Round *r, double seconds) {
    size_t width = (size_t)(seconds * r->rate), hop = width / 4 + 1;
    Range levels = NOTHING, steps = NOTHING;
    for (size_t from = 0; from < r->length && from + 2 * width < 2 * r->length; from += hop) {
        double here = level(r->x + from, width), next = level(r->x + from + width, width);
        range_add(&levels, here, at_seam(r, from, width));
        range_add(&steps, fabs(next - here), at_seam(r, from, 2 * width));
    }
    steps.seam_low = steps.low; /* a small step is no fault */
    return fmax(range_excess(&levels), range_excess(&steps));
}

static double erb_number(double hz) {
    return 21.4 * log10(1 + 0.00437 * hz);
}

/* Which band each bin belongs to: band[FRAME / 2 + 1]; returns how many bands there are. */
static int lay_out_bands(double rate, int *band) {
    double step = erb_number(16000) / BANDS;
    int b = 0, in_band = 0;
    for (int k = 0; k <= FRAME / 2; k++) {
        double hz = k * rate / FRAME;
        if (in_band >= NARROWEST && b < BANDS - 1 && erb_number(hz) >= (b + 1) * step) {
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

/* powers[n][BANDS] of n frames HOP apart -> how far the band levels of stretches at the seam leave the range of others.
 */
static double stretches_excess(const Round *r, const Bands *s, const double *powers, size_t n) {
    double loudest = -INFINITY, total = 0;
    int heard = 0;
    Range ranges[BANDS];
    for (int b = 0; b < s->n_bands; b++) {
        ranges[b] = NOTHING;
        for (size_t i = 0; i + STRETCH <= n; i++) {
            double sum = 1e-9;
            for (size_t j = 0; j < STRETCH; j++)
                sum += powers[(i + j) * BANDS + (size_t)b] / STRETCH;
            range_add(&ranges[b], 10 * log10(sum), at_seam(r, i * HOP, FRAME + (STRETCH - 1) * HOP));
            loudest = fmax(loudest, 10 * log10(sum));
        }
    }
    for (int b = 0; b < s->n_bands; b++)
        if (fmax(ranges[b].high, ranges[b].seam_high) > loudest - HEARD_DB) {
            total += range_excess(&ranges[b]);
            heard++;
        }
    return heard ? total / heard : 0;
}

static TbStatus spectrum_excess(const Round *r, double *excess) {
    Bands s = {.window = tb_aligned_new(FRAME), .work = tb_aligned_new(FRAME), .spectrum = tb_aligned_new(FRAME + 2)};
    size_t n = (r->length + r->length / 2 - FRAME) / HOP; /* the seam and half the loop behind it */
    double *powers = malloc(n * BANDS * sizeof *powers);
    TbStatus status = s.window && s.work && s.spectrum && powers
                          ? tb_fft_new(FRAME, &s.fft)
                          : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to measure a loop.");
    if (status == TB_OK) {
        s.n_bands = lay_out_bands(r->rate, s.band);
        tb_hann(s.window, FRAME);
        for (size_t i = 0; i < n; i++)
            band_powers(&s, r->x + i * HOP, powers + i * BANDS);
        /* Stretches that begin behind the seam are those at the beginning of the loop again. */
        size_t once = (r->length + (STRETCH - 1) * HOP) / HOP;
        *excess = stretches_excess(r, &s, powers, once < n ? once : n);
    }
    tb_fft_free(s.fft);
    tb_aligned_free(s.window);
    tb_aligned_free(s.work);
    tb_aligned_free(s.spectrum);
    free(powers);
    return status;
}

/* A jump or a kink is large in the second difference, however high the sound's own slope is. */
static double click(const Round *r) {
    double elsewhere = 1e-9, quality = 0;
    for (size_t i = 1; i + 1 < r->length + 8; i++) {
        double bend = fabs((double)r->x[i + 1] - 2.0 * r->x[i] + r->x[i - 1]);
        if (i + 8 >= r->length)
            quality = fmax(quality, bend);
        else
            elsewhere = fmax(elsewhere, bend);
    }
    return quality / elsewhere;
}

TbStatus tb_loop_measure(const float *samples, double sample_rate, const TbLoop *loop, TbLoopQuality *quality) {
    Round r = {.length = loop->end - loop->start, .crossfade = loop->crossfade, .rate = sample_rate};
    if (loop->end <= loop->start || r.crossfade >= r.length || (double)r.length < 0.3 * sample_rate)
        return tb_fail(TB_ERR_ARGUMENT, "A loop of %zu samples is too short to be measured.", r.length);
    r.x = malloc(2 * r.length * sizeof *r.x);
    if (!r.x)
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to measure a loop.");
    memcpy(r.x, samples + loop->start, r.length * sizeof *r.x);
    memcpy(r.x + r.length, r.x, r.length * sizeof *r.x);
    quality->level_db = fmax(level_excess(&r, 0.02), level_excess(&r, 0.1));
    quality->click = click(&r);
    TbStatus status = spectrum_excess(&r, &quality->spectrum_db);
    free(r.x);
    return status;
}
