/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A room, as a feedback delay network. */
#include "engine/reverb.h"
#include "engine/finite.h"
#include "timbrel/audio.h"

#include <math.h>
#include <stdlib.h>

enum { LINES = 8, ALLPASSES = 2 };

#define DECAY_LOW 1.7   /* seconds for 60 dB */
#define DECAY_HIGH 0.75 /* the same at HIGH_HZ */
#define HIGH_HZ 6000.0
#define PAUSE 0.012      /* seconds before anything is heard of the room */
#define LOW_CUT_HZ 120.0 /* what is lower does not reach it */
#define DIFFUSION 0.65f
#define SILENT 1e-6f /* 120 dB under full scale */

/* Seconds; their samples are made prime, so that no two lines' echoes fall together. */
static const double line_seconds[LINES] = {0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0619, 0.0713, 0.0839};
static const double allpass_seconds[2][ALLPASSES] = {{0.0053, 0.0089}, {0.0061, 0.0079}};
/* Of the lines in each side; no correlation between the two. */
static const float sign[2][LINES] = {{1, -1, 1, -1, 1, -1, 1, -1}, {1, 1, -1, -1, 1, 1, -1, -1}};

typedef struct {
    float *ring;
    size_t length, at;
} Delay;

struct Reverb {
    Delay pause[2], allpass[2][ALLPASSES];
    float low_cut, low[2]; /* share of the way per sample; what is cut */
    float *line;           /* [mask + 1][LINES] */
    size_t mask, now;
    size_t length[LINES];
    float gain[LINES], damping[LINES], damped[LINES]; /* y = gain * ((1 - damping) x + damping y) */
    float level;                                      /* what makes the answer to a pulse have the pulse's energy */
    size_t quiet, longest;                            /* samples since anything was over SILENT; that end all */
};

static size_t prime_from(size_t n) {
    for (;; n++) {
        size_t k = 2;
        while (k * k <= n && n % k != 0)
            k++;
        if (k * k > n)
            return n;
    }
}

/* Of a one-pole low-pass whose gain at angular frequency w is `ratio` of that at 0. */
static double pole_for(double ratio, double w) {
    double r2 = ratio * ratio, b = 1 - r2 * cos(w), c = 1 - r2;
    return c > 0 ? (b - sqrt(b * b - c * c)) / c : 0;
}

static bool delay_new(Delay *d, size_t length) {
    *d = (Delay){.ring = calloc(length, sizeof *d->ring), .length = length};
    return d->ring != NULL;
}

static bool build(Reverb *r, double rate) {
    double w = 2 * M_PI * HIGH_HZ / rate, energy = 0;
    size_t size = 1;
    bool built = true;
    for (int i = 0; i < LINES; i++) {
        double samples = (double)(r->length[i] = prime_from((size_t)(line_seconds[i] * rate)));
        double low = pow(10, -3 * samples / (DECAY_LOW * rate)), high = pow(10, -3 * samples / (DECAY_HIGH * rate));
        r->gain[i] = (float)low;
        r->damping[i] = (float)pole_for(high / low, w);
        energy += low * low / LINES;
        r->longest = r->length[i] > r->longest ? r->length[i] : r->longest;
    }
    while (size <= r->longest)
        size *= 2;
    r->mask = size - 1;
    r->line = tb_aligned_new(size * LINES);
    r->level = (float)sqrt((1 - energy) / LINES);
    r->low_cut = (float)(1 - exp(-2 * M_PI * LOW_CUT_HZ / rate));
    for (int side = 0; side < 2; side++) {
        built = built && delay_new(&r->pause[side], (size_t)(PAUSE * rate) + 1);
        for (int i = 0; i < ALLPASSES; i++)
            built = built && delay_new(&r->allpass[side][i], prime_from((size_t)(allpass_seconds[side][i] * rate)));
    }
    r->longest += r->pause[0].length + r->allpass[0][0].length + r->allpass[0][1].length;
    r->quiet = r->longest;
    return built && r->line;
}

TbStatus tbi_reverb_new(double sample_rate, Reverb **reverb) {
    *reverb = NULL;
    if (!(sample_rate >= 8000 && sample_rate <= 192000))
        return tb_fail(TB_ERR_ARGUMENT, "The sample rate must be from 8 kHz to 192 kHz.");
    Reverb *r = calloc(1, sizeof *r);
    if (!r || !build(r, sample_rate)) {
        tbi_reverb_free(r);
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the reverb.");
    }
    *reverb = r;
    return TB_OK;
}

void tbi_reverb_free(Reverb *r) {
    if (!r)
        return;
    for (int side = 0; side < 2; side++) {
        free(r->pause[side].ring);
        for (int i = 0; i < ALLPASSES; i++)
            free(r->allpass[side][i].ring);
    }
    tb_aligned_free(r->line);
    free(r);
}

/* ---- what runs ---- */

/* What went in `length` samples ago; x takes its place. */
static float delayed(Delay *d, float x) {
    float out = d->ring[d->at];
    d->ring[d->at] = x;
    d->at = d->at + 1 == d->length ? 0 : d->at + 1;
    return out;
}

static float allpass(Delay *d, float x) {
    float old = d->ring[d->at], in = x - DIFFUSION * old;
    delayed(d, in);
    return old + DIFFUSION * in;
}

static float diffused(Reverb *r, int side, float x) {
    x = delayed(&r->pause[side], x);
    r->low[side] += r->low_cut * (x - r->low[side]);
    x -= r->low[side];
    for (int i = 0; i < ALLPASSES; i++)
        x = allpass(&r->allpass[side][i], x);
    return x;
}

/* x times the Hadamard matrix, times sqrt(1 / 8): keeps the energy. */
static void mix(float x[LINES]) {
    for (int step = 1; step < LINES; step *= 2) {
        for (int i = 0; i < LINES; i++) {
            if ((i & step) == 0) {
                float a = x[i], b = x[i + step];
                x[i] = a + b;
                x[i + step] = a - b;
            }
        }
    }
    for (int i = 0; i < LINES; i++)
        x[i] *= 0.35355339f;
}

static void clear(Reverb *r) {
    for (int side = 0; side < 2; side++) {
        r->low[side] = 0;
        for (size_t k = 0; k < r->pause[side].length; k++)
            r->pause[side].ring[k] = 0;
        for (int i = 0; i < ALLPASSES; i++)
            for (size_t k = 0; k < r->allpass[side][i].length; k++)
                r->allpass[side][i].ring[k] = 0;
    }
    for (size_t k = 0; k < (r->mask + 1) * LINES; k++)
        r->line[k] = 0;
    for (int i = 0; i < LINES; i++)
        r->damped[i] = 0;
}

/* One sample; returns the largest number in it. */
static float step(Reverb *r, const float in[2], float out[2]) {
    float x[2] = {diffused(r, 0, in[0]), diffused(r, 1, in[1])}, end[LINES], most = fmaxf(fabsf(in[0]), fabsf(in[1]));
    out[0] = out[1] = 0;
    for (int i = 0; i < LINES; i++) {
        float old = r->line[((r->now - r->length[i]) & r->mask) * LINES + (size_t)i];
        r->damped[i] = old + r->damping[i] * (r->damped[i] - old);
        end[i] = r->gain[i] * r->damped[i];
        out[0] += sign[0][i] * old;
        out[1] += sign[1][i] * old;
        most = fmaxf(most, fabsf(old));
    }
    mix(end);
    float *line = r->line + (r->now & r->mask) * LINES;
    for (int i = 0; i < LINES; i++)
        line[i] = end[i] + x[i & 1];
    r->now++;
    return most;
}

void tbi_reverb_run(Reverb *r, float *const in[2], float *const out[2], size_t n) {
    for (size_t i = 0; i < n; i++) {
        float x[2] = {finite_sample(in[0][i]), finite_sample(in[1][i])}, y[2];
        bool silent = fmaxf(fabsf(x[0]), fabsf(x[1])) <= SILENT;
        if (silent && r->quiet >= r->longest)
            continue;
        r->quiet = step(r, x, y) > SILENT ? 0 : r->quiet + 1;
        out[0][i] += r->level * y[0];
        out[1][i] += r->level * y[1];
        if (r->quiet == r->longest)
            clear(r);
    }
}

bool tbi_reverb_rings(const Reverb *r) {
    return r->quiet < r->longest;
}
