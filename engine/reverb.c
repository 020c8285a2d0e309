/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reverb as a feedback delay network. */
#include "engine/reverb.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "engine/finite.h"
#include "timbrel/audio.h"

#include <math.h>
#include <stdlib.h>

enum { LINES = 8, ALLPASSES = 2 };

#define DECAY_LOW 1.7   /* RT60 at low frequencies, in seconds */
#define DECAY_HIGH 0.75 /* RT60 at HIGH_HZ */
#define HIGH_HZ 6000.0
#define PREDELAY_SECONDS 0.012
#define LOW_CUT_HZ 120.0 /* cutoff of the input high-pass */
#define DIFFUSION 0.65f
#define SILENCE 1e-6f /* 120 dB under full scale */

/* Seconds; rounded to prime numbers of samples, so that the echoes of different lines do not coincide. */
static const double line_seconds[LINES] = {0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0619, 0.0713, 0.0839};
static const double allpass_seconds[2][ALLPASSES] = {{0.0053, 0.0089}, {0.0061, 0.0079}};
/* Of the lines in the left and right output; the two rows are orthogonal. */
static const float sign[2][LINES] = {{1, -1, 1, -1, 1, -1, 1, -1}, {1, 1, -1, -1, 1, 1, -1, -1}};

typedef struct {
    float *ring;
    size_t length, at;
} Delay;

struct Reverb {
    TbArena memory; /* first: tbi_arena_free_owner */
    Delay predelay[2], allpass[2][ALLPASSES];
    float highpass, highpass_state[2]; /* one-pole coefficient and state */
    float *line;                       /* [mask + 1][LINES] */
    size_t mask, now;
    size_t length[LINES];
    float gain[LINES], damping[LINES], damped[LINES]; /* y = gain * ((1 - damping) x + damping y) */
    float level;                                      /* normalises the impulse response to unit energy */
    size_t silent_count,
        tail_length; /* samples since the signal was above SILENCE; number of them after which the reverb stops */
};

static size_t next_prime(size_t n) {
    for (;; n++) {
        size_t k = 2;
        while (k * k <= n && n % k != 0)
            k++;
        if (k * k > n)
            return n;
    }
}

/* The pole of a one-pole low-pass whose gain at angular frequency w is `ratio` times that at 0. */
static double lowpass_pole(double ratio, double w) {
    double r2 = ratio * ratio, b = 1 - r2 * cos(w), c = 1 - r2;
    return c > 0 ? (b - sqrt(b * b - c * c)) / c : 0;
}

static void delay_init(Delay *d, TbArena *memory, size_t length) {
    *d = (Delay){.ring = tbi_arena_floats(memory, length), .length = length};
}

static void build(Reverb *r, double rate) {
    double w = 2 * M_PI * HIGH_HZ / rate, energy = 0;
    size_t size = 1;
    for (int i = 0; i < LINES; i++) {
        double samples = (double)(r->length[i] = next_prime((size_t)(line_seconds[i] * rate)));
        double low = pow(10, -3 * samples / (DECAY_LOW * rate)), high = pow(10, -3 * samples / (DECAY_HIGH * rate));
        r->gain[i] = (float)low;
        r->damping[i] = (float)lowpass_pole(high / low, w);
        energy += low * low / LINES;
        r->tail_length = r->length[i] > r->tail_length ? r->length[i] : r->tail_length;
    }
    while (size <= r->tail_length)
        size *= 2;
    r->mask = size - 1;
    r->line = tbi_arena_floats(&r->memory, size * LINES);
    r->level = (float)sqrt((1 - energy) / LINES);
    r->highpass = (float)(1 - exp(-2 * M_PI * LOW_CUT_HZ / rate));
    for (int side = 0; side < 2; side++) {
        delay_init(&r->predelay[side], &r->memory, (size_t)(PREDELAY_SECONDS * rate) + 1);
        for (int i = 0; i < ALLPASSES; i++)
            delay_init(&r->allpass[side][i], &r->memory, next_prime((size_t)(allpass_seconds[side][i] * rate)));
    }
    r->tail_length += r->predelay[0].length + r->allpass[0][0].length + r->allpass[0][1].length;
    r->silent_count = r->tail_length;
}

TbStatus tbi_reverb_new(double sample_rate, Reverb **reverb) {
    *reverb = NULL;
    if (!(sample_rate >= 8000 && sample_rate <= 192000))
        return tb_fail(TB_ERR_ARGUMENT, "The sample rate must be from 8 kHz to 192 kHz.");
    Reverb *r = calloc(1, sizeof *r);
    if (r)
        build(r, sample_rate);
    if (!r || r->memory.failed) {
        tbi_reverb_free(r);
        return tbi_no_memory("for the reverb");
    }
    *reverb = r;
    return TB_OK;
}

void tbi_reverb_free(Reverb *r) {
    tbi_arena_free_owner(r);
}

/* ---- rendering ---- */

/* Pushes x; returns the sample pushed `length` samples ago. */
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
    x = delayed(&r->predelay[side], x);
    r->highpass_state[side] += r->highpass * (x - r->highpass_state[side]);
    x -= r->highpass_state[side];
    for (int i = 0; i < ALLPASSES; i++)
        x = allpass(&r->allpass[side][i], x);
    return x;
}

/* The normalised Hadamard transform of x; it preserves energy. */
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
        r->highpass_state[side] = 0;
        for (size_t k = 0; k < r->predelay[side].length; k++)
            r->predelay[side].ring[k] = 0;
        for (int i = 0; i < ALLPASSES; i++)
            for (size_t k = 0; k < r->allpass[side][i].length; k++)
                r->allpass[side][i].ring[k] = 0;
    }
    for (size_t k = 0; k < (r->mask + 1) * LINES; k++)
        r->line[k] = 0;
    for (int i = 0; i < LINES; i++)
        r->damped[i] = 0;
}

/* One sample; returns the peak of input and lines. */
static float step(Reverb *r, const float in[2], float out[2]) {
    float x[2] = {diffused(r, 0, in[0]), diffused(r, 1, in[1])}, end[LINES], peak = fmaxf(fabsf(in[0]), fabsf(in[1]));
    out[0] = out[1] = 0;
    for (int i = 0; i < LINES; i++) {
        float old = r->line[((r->now - r->length[i]) & r->mask) * LINES + (size_t)i];
        r->damped[i] = old + r->damping[i] * (r->damped[i] - old);
        end[i] = r->gain[i] * r->damped[i];
        out[0] += sign[0][i] * old;
        out[1] += sign[1][i] * old;
        peak = fmaxf(peak, fabsf(old));
    }
    mix(end);
    float *line = r->line + (r->now & r->mask) * LINES;
    for (int i = 0; i < LINES; i++)
        line[i] = end[i] + x[i & 1];
    r->now++;
    return peak;
}

void tbi_reverb_run(Reverb *r, float *const in[2], float *const out[2], size_t n) {
    for (size_t i = 0; i < n; i++) {
        float x[2] = {finite_sample(in[0][i]), finite_sample(in[1][i])}, y[2];
        bool silent = fmaxf(fabsf(x[0]), fabsf(x[1])) <= SILENCE;
        if (silent && r->silent_count >= r->tail_length)
            continue;
        r->silent_count = step(r, x, y) > SILENCE ? 0 : r->silent_count + 1;
        out[0][i] += r->level * y[0];
        out[1][i] += r->level * y[1];
        if (r->silent_count == r->tail_length)
            clear(r);
    }
}

bool tbi_reverb_rings(const Reverb *r) {
    return r->silent_count < r->tail_length;
}
