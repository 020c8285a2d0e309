/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a loop seamless. The level within a crossfade depends on the correlation of the two signals: identical ones
 * add in amplitude, uncorrelated ones in power, and most are between. Tone and noise are faded separately: two
 * parts of the noise are always uncorrelated, while the correlation of the tone is measured along the fade. */
#include "base/no_memory.h"
#include "timbrel/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double WINDOW = 0.03;    /* s: window for levels and correlation; more than a period of the lowest tone */
static const double MAX_DB = 8.0;     /* per second of loop: a level that changes faster is not compensated */
static const double GAIN_LIMIT = 1.5; /* cancellation between the two ends cannot be undone */

static double mean_square(const float *tone, const float *noise, size_t from, size_t to) {
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += ((double)tone[i] + noise[i]) * ((double)tone[i] + noise[i]);
    return sum / (double)(to - from);
}

/* Level change per sample, in dB, that makes the loop end as loud as it begins. */
static double level_slope(const float *tone, const float *noise, const TbLoop *loop, double sample_rate) {
    double start = mean_square(tone, noise, loop->start - loop->crossfade, loop->start);
    double end = mean_square(tone, noise, loop->end - loop->crossfade, loop->end);
    double length = (double)(loop->end - loop->start);
    if (!(start > 0 && end > 0))
        return 0;
    double slope = 10 * log10(start / end) / length;
    return fabs(slope) * sample_rate <= MAX_DB ? slope : 0;
}

/* The signal at sample i with its level change compensated relative to the loop's start; also before it, for the
 * fade. */
static double compensated(const float *x, size_t i, const TbLoop *loop, double slope) {
    return x[i] * exp(M_LN10 / 20 * slope * ((double)i - (double)loop->start));
}

typedef struct {
    double *out, *in;     /* [n] the end, fading out, and the part before the start, fading in */
    double *oo, *ii, *oi; /* [n] their products, smoothed */
    size_t n;
} Ends;

/* Moving average of a[j] b[j] over `width` samples. */
static void smooth_product(const double *a, const double *b, size_t n, size_t width, double *mean) {
    double sum = 0;
    size_t low = 0, high = 0;
    for (size_t i = 0; i < n; i++) {
        for (; high < n && high <= i + width / 2; high++)
            sum += a[high] * b[high];
        for (; low + width / 2 < i; low++)
            sum -= a[low] * b[low];
        mean[i] = sum / (double)(high - low);
    }
}

/* Adds the crossfade of one part to out[n]. correlated: by the measured correlation; else at constant power. */
static void add_fade(Ends *e, const float *x, const TbLoop *loop, double slope, size_t window, bool correlated,
                     float *out) {
    size_t from = loop->end - loop->crossfade, back = loop->end - loop->start;
    for (size_t i = 0; i < e->n; i++) {
        e->out[i] = compensated(x, from + i, loop, slope);
        e->in[i] = compensated(x, from + i - back, loop, slope);
    }
    smooth_product(e->out, e->out, e->n, window, e->oo);
    smooth_product(e->in, e->in, e->n, window, e->ii);
    smooth_product(e->out, e->in, e->n, window, e->oi);
    for (size_t i = 0; i < e->n; i++) {
        double in = 0.5 - 0.5 * cos(M_PI * ((double)i + 0.5) / (double)e->n), fade_out = 1 - in, gain;
        if (correlated) {
            double wanted = fade_out * e->oo[i] + in * e->ii[i];
            double got = fade_out * fade_out * e->oo[i] + in * in * e->ii[i] + 2 * in * fade_out * e->oi[i];
            gain = got > 0 ? sqrt(wanted / got) : 1;
            gain = fmin(gain, GAIN_LIMIT);
        } else {
            gain = 1 / sqrt(fade_out * fade_out + in * in);
        }
        out[i] += (float)(gain * (fade_out * e->out[i] + in * e->in[i]));
    }
}

TbStatus tb_loop_make(const float *tone, const float *noise, size_t n, double sample_rate, const TbLoop *loop,
                      float *out) {
    if (loop->end > n || loop->end <= loop->start || loop->crossfade > loop->start ||
        loop->crossfade > loop->end - loop->start || loop->crossfade == 0)
        return tb_fail(TB_ERR_ARGUMENT, "A loop from %zu to %zu with a crossfade of %zu does not fit into %zu samples.",
                       loop->start, loop->end, loop->crossfade, n);
    double slope = level_slope(tone, noise, loop, sample_rate);
    size_t faded = loop->end - loop->crossfade, length = loop->end - loop->start;
    size_t window = (size_t)(WINDOW * sample_rate);
    double *slab = malloc(5 * loop->crossfade * sizeof *slab);
    if (!slab)
        return tbi_no_memory("for a loop");
    Ends ends = {slab,
                 slab + loop->crossfade,
                 slab + 2 * loop->crossfade,
                 slab + 3 * loop->crossfade,
                 slab + 4 * loop->crossfade,
                 loop->crossfade};
    for (size_t i = 0; i < faded; i++)
        out[i] = i < loop->start ? tone[i] + noise[i]
                                 : (float)(compensated(tone, i, loop, slope) + compensated(noise, i, loop, slope));
    memset(out + faded, 0, loop->crossfade * sizeof *out);
    add_fade(&ends, tone, loop, slope, window, true, out + faded);
    add_fade(&ends, noise, loop, slope, window, false, out + faded);
    for (size_t i = 0; i < TB_LOOP_TAIL; i++)
        out[loop->end + i] = out[loop->start + i % length];
    free(slab);
    return TB_OK;
}
