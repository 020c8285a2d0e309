// SPDX-License-Identifier: GPL-3.0-or-later
/* What moves in a note while it is held: vibrato, tremolo, beating. Each is a course in time; its depth is what is left
 * of it between a short and a long smoothing. */
#include "synth/course.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    SHORT = 5,        /* frames to either side: lets through what is slower than 12 Hz */
    LONG = 86,        /* 0.5 s: takes away what is slower than 1 Hz */
    HARMONICS = 24,   /* that can be told apart by ear */
    LEAST_FRAMES = 26 /* 0.15 s: nothing shorter can be heard to move ... */
};
#define FULL_FRAMES 86.0f  /* ... and after 0.5 s all of it is */
#define CENTS_PER_DB 10.0f /* of vibrato, that count as 1 dB of tremolo */
#define SLIP_CENTS 60.0f   /* more in one frame is no vibrato, but another period of a bell */

/* Weighted straight line through x around t, read at t: a smoothing that takes no slope for a movement, nor at the
 * ends. */
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

/* Mean square of what moves in x[n]; y: scratch. */
static float movement_of(const float *x, const float *weight, long n, float *y) {
    double sum = 0, all = 1e-20;
    for (long t = 0; t < n; t++) {
        y[t] = local_line(x, weight, n, t, SHORT);
    }
    for (long t = 0; t < n; t++) {
        double d = (double)y[t] - local_line(x, weight, n, t, LONG);
        sum += weight[t] * d * d;
        all += weight[t];
    }
    return (float)(sum / all);
}

float course_movement(const TbNote *note, const Course *course) {
    long n = (long)(course->to - course->from);
    const TbFrame *frames = note->frames + course->from;
    if (n < LEAST_FRAMES) {
        return 0;
    }
    float *x = malloc(3 * (size_t)n * sizeof *x);
    if (!x) {
        return 0;
    }
    float *y = x + n, *weight = y + n;
    float tone = 0, all = 1e-20f, share[HARMONICS] = {0};
    float level = movement_of(course->level + course->from, course->loudness + course->from, n, y);
    for (long t = 0; t < n; t++) { /* where there is no tone there is no pitch to move */
        float p = fmaxf(frames[t].power, 1e-20f), w = course->loudness[course->from + (size_t)t];
        float tonal = tonal_power(&frames[t]) / p;
        weight[t] = w * clampf(tonal, 0, 1) + 1e-12f;
        float step = t > 0 ? 1200 * log2f(frames[t].f0 / frames[t - 1].f0) : 0;
        x[t] = t > 0 ? x[t - 1] + (fabsf(step) < SLIP_CENTS ? step : 0) : 0;
        tone += weight[t];
        all += w;
        float sum = 1e-20f, s[HARMONICS];
        for (int k = 0; k < HARMONICS; k++) {
            s[k] = powf(frames[t].harmonic[k] * frames[t].harmonic[k] / 2 / p, 0.3f);
            sum += s[k];
        }
        for (int k = 0; k < HARMONICS; k++) {
            share[k] += weight[t] * s[k] / sum;
        }
    }
    float cents = movement_of(x, weight, n, y) * tone / all;
    float flux = 0;
    for (int k = 0; k < HARMONICS; k++) {
        if (share[k] < 0.01f * tone) {
            continue;
        }
        for (long t = 0; t < n; t++) {
            float p = fmaxf(frames[t].power, 1e-20f), a = frames[t].harmonic[k];
            x[t] = 10 * log10f(a * a / 2 / p + 1e-6f);
        }
        flux += share[k] / all * movement_of(x, weight, n, y);
    }
    free(x);
    float depth = sqrtf(2 * (level + cents / (CENTS_PER_DB * CENTS_PER_DB) + flux));
    return depth * clampf((float)(n - LEAST_FRAMES) / (FULL_FRAMES - LEAST_FRAMES), 0, 1);
}
