/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modulation depth of a held note: vibrato, tremolo and beating. The depth of each trajectory is the RMS difference
 * between a short and a long smoothing of it, i.e. its depth in the band 1 .. 12 Hz. */
#include "base/no_memory.h"
#include "synth/envelope.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    SHORT = 5,        /* half width in frames of the short smoothing: passes modulation below 12 Hz */
    LONG = 86,        /* the same of the long smoothing, 0.5 s: passes modulation below 1 Hz */
    HARMONICS = 24,   /* number of harmonics that the ear resolves */
    LEAST_FRAMES = 26 /* 0.15 s: in shorter notes no modulation is audible ... */
};
#define FULL_FRAMES 86.0f  /* ... and from 0.5 s on it is fully audible */
#define CENTS_PER_DB 10.0f /* cents of vibrato that equal 1 dB of tremolo */
#define SLIP_CENTS 60.0f   /* a larger step per frame is a tracker slip, not vibrato */
#define LEAST_SHARE 0.01f  /* minimum share of the loudness for a harmonic to count */
#define LEAST_POWER 1e-20f

/* Weighted local linear fit to x around t, evaluated at t: a smoothing without bias from slopes, also at the ends. */
static float local_line(const float *x, const float *weight, long n, long t, int reach) {
    double s0 = 1e-20, s1 = 0, s2 = 0, y0 = 0, y1 = 0;
    for (long i = t - reach < 0 ? 0 : t - reach; i <= t + reach && i < n; i++) {
        double d = (double)(i - t) / reach, u = 1 - d * d * 0.98, w = weight[i] * u * u, y = x[i];
        s0 += w;
        s1 += w * d;
        s2 += w * d * d;
        y0 += w * y;
        y1 += w * d * y;
    }
    double det = s0 * s2 - s1 * s1;
    return (float)(det > 1e-9 * s0 * s0 ? (s2 * y0 - s1 * y1) / det : y0 / s0);
}

/* Mean square of the modulation of x[n]; y[n] is scratch, and holds the short smoothing afterwards. */
static float modulation_of(const float *x, const float *weight, long n, float *y) {
    double sum = 0, all = 1e-20;
    for (long t = 0; t < n; t++)
        y[t] = local_line(x, weight, n, t, SHORT);
    for (long t = 0; t < n; t++) {
        double d = (double)y[t] - local_line(x, weight, n, t, LONG);
        sum += weight[t] * d * d;
        all += weight[t];
    }
    return (float)(sum / all);
}

/* How much of a trajectory is oscillation: 1 for vibrato, 0 for a monotonic glide such as a kick drum's. */
static float oscillating_share(const float *y, const float *weight, long n) {
    double net = 0, path = 1e-9;
    for (long t = 1; t < n; t++) {
        net += weight[t] * (y[t] - y[t - 1]);
        path += weight[t] * fabsf(y[t] - y[t - 1]);
    }
    return (float)(1 - fabs(net) / path);
}

/* weight[n]: loudness of the tonal part of each frame, since noise has no pitch or harmonics to modulate. Adds each
 * harmonic's part of it to share[HARMONICS]. */
static void weigh_tone(const TbFrame *frames, const float *loudness, long n, float *weight, float *share) {
    for (long t = 0; t < n; t++) {
        float power = fmaxf(frames[t].power, LEAST_POWER), sum = LEAST_POWER, s[HARMONICS];
        weight[t] = loudness[t] * clampf(tbi_tonal_power(&frames[t]) / power, 0, 1) + 1e-12f;
        for (int k = 0; k < HARMONICS; k++) {
            s[k] = powf(frames[t].harmonic[k] * frames[t].harmonic[k] / 2 / power, 0.3f);
            sum += s[k];
        }
        for (int k = 0; k < HARMONICS; k++)
            share[k] += weight[t] * s[k] / sum;
    }
}

/* Mean square of the vibrato in cents. */
static float vibrato(const TbFrame *frames, const float *weight, long n, float *x, float *y) {
    x[0] = 0;
    for (long t = 1; t < n; t++) {
        float step = 1200 * log2f(frames[t].f0 / frames[t - 1].f0);
        x[t] = x[t - 1] + (fabsf(step) < SLIP_CENTS ? step : 0);
    }
    float depth = modulation_of(x, weight, n, y), share = oscillating_share(y, weight, n);
    return depth * share * share;
}

/* Mean square in dB of a harmonic's modulation relative to the whole: beating, phasing, filter sweeps. */
static float beating(const TbFrame *frames, int k, const float *weight, long n, float *x, float *y) {
    for (long t = 0; t < n; t++) {
        float a = frames[t].harmonic[k];
        x[t] = 10 * log10f(a * a / 2 / fmaxf(frames[t].power, LEAST_POWER) + 1e-6f);
    }
    return modulation_of(x, weight, n, y);
}

TbStatus tbi_modulation_depth(const TbNote *note, const Envelope *envelope, float *movement) {
    long n = (long)(envelope->to - envelope->from);
    const TbFrame *frames = note->frames + envelope->from;
    const float *loudness = envelope->loudness + envelope->from;
    *movement = 0;
    if (n < LEAST_FRAMES)
        return TB_OK;
    float *x = malloc(3 * (size_t)n * sizeof *x);
    if (!x)
        return tbi_no_memory("to analyse this sound");
    float *y = x + n, *weight = y + n, tone = 0, all = LEAST_POWER, share[HARMONICS] = {0};
    weigh_tone(frames, loudness, n, weight, share);
    for (long t = 0; t < n; t++) {
        tone += weight[t];
        all += loudness[t];
    }
    float sum = modulation_of(envelope->level + envelope->from, loudness, n, y);
    sum += vibrato(frames, weight, n, x, y) / (CENTS_PER_DB * CENTS_PER_DB) * tone / all;
    for (int k = 0; k < HARMONICS; k++)
        if (share[k] > LEAST_SHARE * tone)
            sum += beating(frames, k, weight, n, x, y) * share[k] / all;
    free(x);
    *movement = sqrtf(2 * sum) * clampf((float)(n - LEAST_FRAMES) / (FULL_FRAMES - LEAST_FRAMES), 0, 1);
    return TB_OK;
}
