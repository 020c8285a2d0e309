/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rumble: what is below the notes at all times. In a recording that has quiet stretches, all frequencies are compared,
 * from the lowest upwards, between these and the loud ones; rumble is everything below the first frequency at which the
 * loud stretches have more. It is stored as it is, at a low rate: no spectrum of noise bands is as steep. */
#include "base/no_memory.h"
#include "synth/background.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FACTOR = 64,    /* TB_RUMBLE_RATE */
    WINDOW = 96,    /* samples of the rumble: 139 ms */
    STEP = 24,      /* the same: 35 ms */
    BLOCK = 512,    /* samples: resolution of the loudness that tells quiet from loud */
    FIRST_HZ = 14,  /* first bin */
    BIN_HZ = 6,     /* distance of bins */
    BINS = 17,      /* up to 110 Hz */
    MIN_FRAMES = 3, /* both quiet and loud */
    LOWPASS_REACH = 190,
};
#define BRIGHT_HZ 150.0
#define QUIET_DB -24.0f /* relative to the loudest frame */
#define LOUD_DB -12.0f
#define NOT_MORE 8.0       /* power ratio, 9 dB: more between loud and quiet frames belongs to the notes */
#define MARGIN_HZ 16.0     /* between rumble and the lowest frequency of a note: width of the analysis window */
#define LOWEST_CUTOFF 20.0 /* Hz: less is not worth it */
#define INFRASOUND_HZ 14.0
#define FAINT_POWER 4e-3   /* of the loudest frame's: louder is not rumble (-24 dB) ... */
#define ABSENT_POWER 1e-10 /* ... and softer is nothing */

typedef struct {
    size_t n;      /* frames */
    float *power;  /* [n][BINS] */
    float *bright; /* [n] mean square of the high-passed sound, which tells quiet from loud */
    float *level;  /* [n] mean square of the sound */
} Frames;

/* bright[n_blocks], level[n_blocks]: mean squares of each block of x, high-passed at BRIGHT_HZ by two poles, and as it
 * is. */
static void measure_blocks(const float *x, size_t n, float *bright, float *level) {
    const float pole = (float)exp(-2 * TB_PI * BRIGHT_HZ / TB_ANALYSIS_RATE);
    float low[2] = {n ? x[0] : 0, 0};
    for (size_t at = 0, b = 0; at < n; at += BLOCK, b++) {
        size_t to = at + BLOCK < n ? at + BLOCK : n;
        double high = 0, all = 0;
        for (size_t i = at; i < to; i++) {
            float v = x[i];
            all += (double)v * (double)v;
            for (int k = 0; k < 2; k++) {
                low[k] += (1 - pole) * (v - low[k]);
                v -= low[k];
            }
            high += (double)v * (double)v;
        }
        bright[b] = (float)(high / BLOCK);
        level[b] = (float)(all / BLOCK);
    }
}

/* Highest of any of the blocks in the window of frame t, so that a frame that touches a note is not quiet. */
static float highest(const float *block, size_t n_blocks, size_t t) {
    size_t half = WINDOW / 2 * FACTOR / BLOCK, c = t * (STEP * FACTOR / BLOCK), from = c > half ? c - half : 0;
    float most = 0;
    for (size_t b = from; b < c + half && b < n_blocks; b++)
        most = fmaxf(most, block[b]);
    return most;
}

/* A Blackman window, and the tones of the bins under it. */
typedef struct {
    double window[WINDOW], re[BINS][WINDOW], im[BINS][WINDOW];
} Tones;

static void make_tones(Tones *t) {
    for (int i = 0; i < WINDOW; i++) {
        double at = i - WINDOW / 2, u = 2 * TB_PI * at / WINDOW;
        t->window[i] = 0.42 + 0.5 * cos(u) + 0.08 * cos(2 * u);
        for (int b = 0; b < BINS; b++) {
            double a = 2 * TB_PI * (FIRST_HZ + b * BIN_HZ) * at / TB_RUMBLE_RATE;
            t->re[b][i] = t->window[i] * cos(a);
            t->im[b][i] = t->window[i] * sin(a);
        }
    }
}

static void measure_bins(const Tones *t, const float *low, size_t n_low, size_t centre, float *power) {
    for (int b = 0; b < BINS; b++) {
        double re = 0, im = 0, all = 0;
        for (int i = 1; i < WINDOW; i++) {
            long at = (long)centre + i - WINDOW / 2;
            if (at < 0 || at >= (long)n_low)
                continue;
            re += (double)low[at] * t->re[b][i];
            im += (double)low[at] * t->im[b][i];
            all += t->window[i];
        }
        power[b] = (float)(2 * (re * re + im * im) / (all * all));
    }
}

/* The cutoff in Hz, 0 if there is no rumble. */
static double find_cutoff(const Frames *f) {
    double quiet[BINS] = {0}, loud[BINS] = {0}, brightest = 0, loudest = 0;
    int n_quiet = 0, n_loud = 0;
    for (size_t t = 0; t < f->n; t++) {
        brightest = fmax(brightest, (double)f->bright[t]);
        loudest = fmax(loudest, (double)f->level[t]);
    }
    for (size_t t = 0; t < f->n; t++) {
        double db = 10 * log10((double)f->bright[t] / (brightest + 1e-30) + 1e-30);
        bool is_quiet = db<(double)QUIET_DB, is_loud = db>(double) LOUD_DB;
        n_quiet += is_quiet;
        n_loud += is_loud;
        for (int b = 0; b < BINS; b++) {
            double level =
                log((double)f->power[t * BINS + (size_t)b] + 1e-20); /* logarithms: transients count little */
            quiet[b] += is_quiet ? level : 0;
            loud[b] += is_loud ? level : 0;
        }
    }
    if (n_quiet < MIN_FRAMES || n_loud < MIN_FRAMES)
        return 0;
    double rumble = 0, ratio[BINS], cutoff = FIRST_HZ + BINS * BIN_HZ;
    for (int b = 0; b < BINS; b++)
        ratio[b] = loud[b] / n_loud - quiet[b] / n_quiet;
    for (int b = 0; b < BINS; b++) {
        double smooth = (ratio[b > 0 ? b - 1 : 0] + ratio[b] + ratio[b + 1 < BINS ? b + 1 : b]) / 3;
        if (smooth > log(NOT_MORE) || ratio[b] > 2 * log(NOT_MORE)) {
            cutoff = FIRST_HZ + b * BIN_HZ;
            break;
        }
        rumble += exp(quiet[b] / n_quiet);
    }
    cutoff -= MARGIN_HZ;
    return cutoff < LOWEST_CUTOFF || rumble > FAINT_POWER * loudest || rumble < ABSENT_POWER * loudest ? 0 : cutoff;
}

static TbStatus analyse(const float *x, size_t n, const float *low, size_t n_low, double *cutoff) {
    TbArena memory = {0};
    Frames f = {.n = n_low / STEP + 1};
    f.power = tbi_arena_floats(&memory, f.n * BINS);
    f.bright = tbi_arena_floats(&memory, f.n);
    f.level = tbi_arena_floats(&memory, f.n);
    size_t n_blocks = (n - 1) / BLOCK + 1;
    Tones tones;
    make_tones(&tones);
    float *bright = tbi_arena_floats(&memory, n_blocks), *level = tbi_arena_floats(&memory, n_blocks);
    if (memory.failed) {
        tbi_arena_free(&memory);
        return tbi_no_memory("to analyse this sound");
    }
    measure_blocks(x, n, bright, level);
    for (size_t t = 0; t < f.n; t++) {
        f.bright[t] = highest(bright, n_blocks, t);
        f.level[t] = highest(level, n_blocks, t);
        measure_bins(&tones, low, n_low, t * STEP, f.power + t * BINS);
    }
    *cutoff = find_cutoff(&f);
    tbi_arena_free(&memory);
    return TB_OK;
}

TbStatus tbi_find_rumble(const float *x, size_t n, TbBackground *background, float **infra) {
    size_t n_low = (n - 1) / FACTOR + 1;
    double cutoff = 0;
    *infra = NULL;
    float *low = malloc(n_low * sizeof *low), *rumble = malloc(n_low * sizeof *rumble);
    TbStatus status = low && rumble ? tbi_lowpass(x, n, FACTOR, 345 / TB_ANALYSIS_RATE, 256, low)
                                    : tbi_no_memory("to analyse this sound");
    if (status == TB_OK)
        status = analyse(x, n, low, n_low, &cutoff);
    if (status == TB_OK && cutoff > 0) {
        float *slow = malloc(n_low * sizeof *slow);
        status = slow ? TB_OK : tbi_no_memory("to analyse this sound");
        if (status == TB_OK)
            status = tbi_lowpass(low, n_low, 1, cutoff / TB_RUMBLE_RATE, LOWPASS_REACH, rumble);
        if (status == TB_OK)
            status = tbi_lowpass(low, n_low, 1, INFRASOUND_HZ / TB_RUMBLE_RATE, LOWPASS_REACH, slow);
        if (status == TB_OK) {
            double sum = 0;
            for (size_t i = 0; i < n_low; i++) {
                rumble[i] -= slow[i];
                sum += (double)slow[i] * (double)slow[i];
            }
            background->infrasound = (float)sqrt(sum / (double)n_low);
            background->cutoff = (float)cutoff;
            background->n_rumble = n_low;
            background->rumble = rumble;
            rumble = NULL;
            *infra = slow;
        } else {
            free(slow);
        }
    }
    free(rumble);
    free(low);
    return status;
}
