/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/track_master.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "engine/limiter.h"
#include "timbrel/measure.h"

#include <math.h>

#define MARGIN_DB 0.1     /* by which the ceiling is under TRACK_PEAK: what rounding and dither may add */
#define CLOSE_LU 0.05     /* to TRACK_LUFS: near enough */
#define SILENT_DB (-75.0) /* relative to the highest peak: the tail has died away */
#define FADE_SECONDS 0.25 /* at the end */
enum { ATTEMPTS = 5 };

typedef struct {
    Track *track;
    float *peak;   /* [n] highest true peak of both channels around each sample */
    float *gain;   /* [n] of gain and limiter together */
    float *out[2]; /* [n] */
    TbArena memory;
} Master;

static float highest(const float *peak, size_t n) {
    float high = 0;
    for (size_t i = 0; i < n; i++)
        high = peak[i] > high ? peak[i] : high;
    return high;
}

static void find_peaks(Master *m, float *const x[2]) {
    size_t n = m->track->n_samples;
    memset(m->peak, 0, n * sizeof *m->peak);
    for (int side = 0; side < 2; side++)
        tb_true_peaks(x[side], n, m->peak);
}

/* The new length: up to the last sample over SILENT_DB, and a fade. */
static void cut(Master *m, size_t least) {
    Track *t = m->track;
    float silent = highest(m->peak, t->n_samples) * (float)pow(10, SILENT_DB / 20);
    size_t n = t->n_samples, fade = (size_t)(FADE_SECONDS * t->sample_rate);
    while (n > 0 && m->peak[n - 1] <= silent)
        n--;
    n = n + fade > least ? n + fade : least;
    t->n_samples = n = n < t->n_samples ? n : t->n_samples;
    fade = fade < n ? fade : n;
    for (size_t p = 0; p <= t->n_parts; p++) {
        float *const *x = p < t->n_parts ? t->part[p].x : t->x;
        for (int side = 0; side < 2 && x[side]; side++)
            for (size_t i = 0; i < fade; i++)
                x[side][n - 1 - i] *= (float)i / (float)fade;
    }
}

/* Writes the track at a gain, limited, to out; returns the least gain of the limiter. */
static float limit(Master *m, float amount) {
    const Track *t = m->track;
    Limiter limiter;
    float least = 1;
    tbi_limiter_start(&limiter, (float)pow(10, (TRACK_PEAK - MARGIN_DB) / 20), t->sample_rate);
    for (size_t i = 0; i < t->n_samples + LIMITER_LOOKAHEAD - 1; i++) {
        float gain = tbi_limiter_gain(&limiter, i < t->n_samples ? amount * m->peak[i] : 0);
        if (i < LIMITER_LOOKAHEAD - 1)
            continue;
        m->gain[i - (LIMITER_LOOKAHEAD - 1)] = amount * gain;
        least = gain < least ? gain : least;
    }
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < t->n_samples; i++)
            m->out[side][i] = m->gain[i] * t->x[side][i];
    return least;
}

static TbStatus loudness(float *const x[2], const Track *t, double *lufs) {
    return tb_loudness((const float *const[]){x[0], x[1]}, 2, t->n_samples, t->sample_rate, lufs);
}

/* The gain at which the limited track has the loudness asked for: the limiter takes away less than what is added. One
 * too short or too soft to measure is brought to the ceiling. */
static TbStatus find_gain(Master *m) {
    Track *t = m->track;
    double amount, lufs;
    float least = 1;
    TbStatus status = loudness(t->x, t, &lufs);
    if (status)
        return status;
    amount = isfinite(lufs) ? TRACK_LUFS - lufs
                            : TRACK_PEAK - MARGIN_DB - 20 * log10(fmax((double)highest(m->peak, t->n_samples), 1e-6));
    for (int i = 0; i < ATTEMPTS && status == TB_OK; i++) {
        least = limit(m, (float)pow(10, amount / 20));
        status = loudness(m->out, t, &t->lufs);
        if (!isfinite(t->lufs) || fabs(t->lufs - TRACK_LUFS) < CLOSE_LU)
            break;
        amount += TRACK_LUFS - t->lufs;
    }
    t->limited = -20 * log10((double)least);
    return status;
}

static void apply(Master *m) {
    Track *t = m->track;
    for (size_t p = 0; p < t->n_parts; p++)
        for (int side = 0; side < 2 && t->part[p].x[side]; side++)
            for (size_t i = 0; i < t->n_samples; i++)
                t->part[p].x[side][i] *= m->gain[i];
    for (int side = 0; side < 2; side++)
        memcpy(t->x[side], m->out[side], t->n_samples * sizeof *m->out[side]);
}

TbStatus track_master(Track *track, size_t least) {
    Master m = {.track = track};
    m.peak = tbi_arena_floats(&m.memory, track->n_samples);
    m.gain = tbi_arena_floats(&m.memory, track->n_samples);
    for (int side = 0; side < 2; side++)
        m.out[side] = tbi_arena_floats(&m.memory, track->n_samples);
    if (m.memory.failed) {
        tbi_arena_free(&m.memory);
        return tbi_no_memory("to finish the track");
    }
    find_peaks(&m, track->x);
    cut(&m, least);
    TbStatus status = find_gain(&m);
    if (status == TB_OK) {
        apply(&m);
        find_peaks(&m, track->x);
        track->peak = 20 * log10(fmax((double)highest(m.peak, track->n_samples), 1e-10));
    }
    tbi_arena_free(&m.memory);
    return status;
}
