/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward and backward pass of the synthesis. The output is linear in the amplitudes (oscillators times linear ramps)
 * and in the noise magnitudes (an FFT filter), so the backward pass is the adjoint: correlation with each oscillator,
 * and the transpose of filtering and overlap-add. Features map to powers by P = 10^(10 (x - 1)), scaled so that all
 * parts together have the frame's power. */
#include "synth/differentiable.h"
#include "base/arena.h"
#include "base/cpu.h"
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef float Lanes __attribute__((vector_size(64)));
enum { LANES = 16, PARTS = TB_HARMONICS + TB_PARTIALS, BLOCKS = PARTS / LANES, H = TB_HOP_SIZE };
/* Single-precision rotations drift, with gliding frequency quadratically in time: restart them every quarter hop. */
enum { QUARTERS = 4, QUARTER = H / QUARTERS };

#define LEVEL_SILENT 0.02f /* the same as in features.c */
#define LEVEL_CEILING 1.1f
#define HIGHEST (0.465f * TB_RATE)
#define PER_LEVEL 23.0258509f /* d ln P / dx */

/* Intermediate results of one frame, from features to powers. */
typedef struct {
    float part[PARTS + TB_BANDS];        /* scaled power of each partial and band; 0 if silent */
    float amplitude[PARTS];              /* sqrt(2 part) */
    bool has_gradient[PARTS + TB_BANDS]; /* the level is not clamped */
    float total, gain;                   /* sum of powers before scaling; mean power gain of the noise */
    float magnitude[NOISE_BINS];
} FrameState;

struct TbChunkSynth {
    TbArena memory; /* first: tbi_arena_free_owner */
    int n_frames;
    const TbChunk *chunk;
    TbFft *fft;
    FrameState *frames;
    float *window, *real, *spectrum; /* [2 H], [NOISE_FFT], [NOISE_FFT + 2] */
    float *white;                    /* [n_frames][NOISE_FFT + 16]: spectra of the white noise around each frame */
    float *noise;                    /* [(n_frames + 1) H] */
    Lanes *rotation;                 /* [n_frames][BLOCKS][QUARTERS][6]: phase, frequency and slope as rotations */
    int band[NOISE_BINS];
    float weight[NOISE_BINS];
    float *dpart; /* [n_frames][PARTS + TB_BANDS] */
};

TbStatus tbi_chunk_synth_new(int n_frames, TbChunkSynth **synth) {
    *synth = NULL;
    if (n_frames < 2 || n_frames > 64)
        return tb_fail(TB_ERR_ARGUMENT, "A chunk must have 2 to 64 frames.");
    TbChunkSynth *s = calloc(1, sizeof *s);
    if (!s)
        return tbi_no_memory("to train on audio");
    size_t n = (size_t)n_frames;
    s->n_frames = n_frames;
    TbStatus status = tb_fft_new(NOISE_FFT, &s->fft);
    s->frames = tbi_arena_alloc(&s->memory, n, sizeof *s->frames);
    s->window = tbi_arena_floats(&s->memory, 2 * H);
    s->real = tbi_arena_floats(&s->memory, NOISE_FFT);
    s->spectrum = tbi_arena_floats(&s->memory, NOISE_FFT + 2);
    s->white = tbi_arena_floats(&s->memory, n * (NOISE_FFT + 2 + 14));
    s->noise = tbi_arena_floats(&s->memory, (n + 1) * H);
    s->rotation = tbi_arena_alloc(&s->memory, n * BLOCKS * QUARTERS * 6, sizeof *s->rotation);
    s->dpart = tbi_arena_floats(&s->memory, n * (PARTS + TB_BANDS));
    if (status == TB_OK && s->memory.failed)
        status = tbi_no_memory("to train on audio");
    if (status != TB_OK) {
        tbi_chunk_synth_free(s);
        return status;
    }
    tb_hann(s->window, 2 * H);
    for (int b = 0; b < NOISE_BINS; b++)
        tbi_band_position(b * (double)TB_RATE / NOISE_FFT, &s->band[b], &s->weight[b]);
    *synth = s;
    return TB_OK;
}

void tbi_chunk_synth_free(TbChunkSynth *s) {
    if (s)
        tb_fft_free(s->fft);
    tbi_arena_free_owner(s);
}

/* ---- features <-> powers ---- */

static float part_frequency(const TbChunk *c, int t, int k) {
    if (k < TB_HARMONICS) {
        float n = (float)(k + 1);
        return c->f0[t] * n * sqrtf(1 + c->inharmonicity * n * n);
    }
    return c->f0[t] * exp2f(c->ratio[k - TB_HARMONICS]);
}

static int column_of(int part) {
    return part < TB_HARMONICS ? TB_FEATURE_HARMONIC + part
           : part < PARTS      ? TB_FEATURE_PARTIAL + part - TB_HARMONICS
                               : TB_FEATURE_BAND + part - PARTS;
}

static void scale_forward(TbChunkSynth *s, int t, const float *x) {
    FrameState *f = &s->frames[t];
    const TbChunk *c = s->chunk;
    float gain = 0;
    for (int i = 0; i < TB_GAINS; i++)
        gain += powf(10, c->gain[t * TB_GAINS + i] / 10) / TB_GAINS;
    f->gain = gain;
    f->total = 1e-9f;
    for (int p = 0; p < PARTS + TB_BANDS; p++) {
        float v = x[column_of(p)];
        bool sounds = v > LEVEL_SILENT && (p >= TB_HARMONICS || part_frequency(c, t, p) < 20000);
        f->has_gradient[p] = sounds && v < LEVEL_CEILING;
        f->part[p] = sounds ? expf((fminf(v, LEVEL_CEILING) - 1) * PER_LEVEL) : 0;
        f->total += p < PARTS ? f->part[p] : gain * f->part[p];
    }
    float scale = c->power[t] / f->total;
    for (int p = 0; p < PARTS + TB_BANDS; p++) {
        f->part[p] *= scale;
        if (p < PARTS)
            f->amplitude[p] = part_frequency(c, t, p) < HIGHEST ? sqrtf(2 * f->part[p]) : 0;
    }
}

/* dpart: d loss / d (scaled power) -> adds d loss / dx. */
static void scale_backward(const TbChunkSynth *s, int t, const float *dpart, float *dx) {
    const FrameState *f = &s->frames[t];
    double common = 0; /* gradient through the common scale factor */
    for (int p = 0; p < PARTS + TB_BANDS; p++)
        common += (double)dpart[p] * f->part[p];
    float share = (float)(common / s->chunk->power[t]); /* sum(dpart part) / power */
    for (int p = 0; p < PARTS + TB_BANDS; p++) {
        if (f->has_gradient[p]) {
            float own = dpart[p] - share * (p < PARTS ? 1 : f->gain);
            dx[column_of(p)] += own * f->part[p] * PER_LEVEL;
        }
    }
}

/* ---- oscillators ---- */

enum { START_C, START_S, STEP_C, STEP_S, SLOPE_C, SLOPE_S };

static float phase_of(const TbPhases *p, int k) {
    return k < TB_HARMONICS ? p->harmonic[k] : p->partial[k - TB_HARMONICS];
}

/* The rotations [QUARTERS][6] of a block of oscillators in the hop after frame t. */
static Lanes *rotations(const TbChunkSynth *s, int t, int block) {
    return s->rotation + ((size_t)t * BLOCKS + (size_t)block) * QUARTERS * 6;
}

static void prepare_rotations(TbChunkSynth *s) {
    const TbChunk *c = s->chunk;
    for (int t = 0; t + 1 < s->n_frames; t++) {
        for (int k = 0; k < PARTS; k++) {
            double f0 = (double)part_frequency(c, t, k) / (double)TB_RATE;
            double f1 = (double)part_frequency(c, t + 1, k) / (double)TB_RATE;
            double p0 = (double)phase_of(&c->phases[t], k), p1 = (double)phase_of(&c->phases[t + 1], k);
            double slope = (f1 - f0) / H, rate = f0 + wrap_turns(p1 - p0 - 0.5 * (f0 + f1) * H) / H + 0.5 * slope;
            Lanes *r = rotations(s, t, k / LANES);
            for (int m = 0; m < H; m += QUARTER, r += 6) {
                double angles[3] = {p0 + 0.25 + m * rate + 0.5 * m * (m - 1) * slope, rate + m * slope, slope};
                for (int i = 0; i < 3; i++) {
                    r[2 * i][k % LANES] = (float)cos(2 * TB_PI * angles[i]);
                    r[2 * i + 1][k % LANES] = (float)sin(2 * TB_PI * angles[i]);
                }
            }
        }
    }
}

/* A block of oscillators at one sample: cosine and sine of their phases, and of the step to the next sample. */
typedef struct {
    Lanes c, s, step_c, step_s;
} Oscillators;

static inline __attribute__((always_inline)) void oscillators_start(Oscillators *o, const Lanes *r) {
    *o = (Oscillators){r[START_C], r[START_S], r[STEP_C], r[STEP_S]};
}

/* Moves on by one sample, and the step by its slope. */
static inline __attribute__((always_inline)) void oscillators_turn(Oscillators *o, const Lanes *r) {
    Lanes c = o->c * o->step_c - o->s * o->step_s;
    o->s = o->s * o->step_c + o->c * o->step_s;
    o->c = c;
    Lanes step_c = o->step_c * r[SLOPE_C] - o->step_s * r[SLOPE_S];
    o->step_s = o->step_s * r[SLOPE_C] + o->step_c * r[SLOPE_S];
    o->step_c = step_c;
}

/* out[i] += sum over lanes of (a + d i) sin(phase_i), i = 0 .. H - 1 */
TB_MULTIVERSION
static void oscillate(const Lanes *r, const Lanes *a, const Lanes *d, float *out) {
    Lanes amp = *a;
    Oscillators o = {{0}, {0}, {0}, {0}};
    for (int i = 0; i < H; i++) {
        if (i % QUARTER == 0) {
            r += i > 0 ? 6 : 0;
            oscillators_start(&o, r);
        }
        Lanes v = amp * o.s;
        float sum = 0;
        for (int j = 0; j < LANES; j++)
            sum += v[j];
        out[i] += sum;
        amp += *d;
        oscillators_turn(&o, r);
    }
}

/* The adjoint of oscillate: sums over the hop of dout[i] sin(phase_i), and of dout[i] sin(phase_i) i / H. */
TB_MULTIVERSION
static void oscillate_adjoint(const Lanes *r, const float *dout, Lanes *plain, Lanes *ramped) {
    Lanes p = {0}, l = {0};
    Oscillators o = {{0}, {0}, {0}, {0}};
    for (int i = 0; i < H; i++) {
        if (i % QUARTER == 0) {
            r += i > 0 ? 6 : 0;
            oscillators_start(&o, r);
        }
        Lanes v = o.s * dout[i];
        p += v;
        l += v * ((float)i / H);
        oscillators_turn(&o, r);
    }
    *plain = p;
    *ramped = l;
}

static bool silent(const FrameState *a, const FrameState *b, int block) {
    for (int i = block * LANES; i < (block + 1) * LANES; i++)
        if (a->amplitude[i] > 0 || b->amplitude[i] > 0)
            return false;
    return true;
}

static void partials_forward(TbChunkSynth *s, float *audio) {
    for (int t = 0; t + 1 < s->n_frames; t++) {
        const FrameState *f = &s->frames[t], *g = f + 1;
        for (int b = 0; b < BLOCKS; b++) {
            Lanes a, d;
            if (silent(f, g, b))
                continue;
            for (int i = 0; i < LANES; i++) {
                a[i] = f->amplitude[b * LANES + i];
                d[i] = (g->amplitude[b * LANES + i] - a[i]) / H;
            }
            oscillate(rotations(s, t, b), &a, &d, audio + t * H);
        }
    }
    if (s->chunk->begins)
        tbi_fade_in(audio, H, FADE_IN * H);
}

static void partials_backward(TbChunkSynth *s, const float *daudio) {
    const size_t row = PARTS + TB_BANDS;
    float first[H];
    memcpy(first, daudio, sizeof first);
    if (s->chunk->begins)
        tbi_fade_in(first, H, FADE_IN * H);
    for (int t = 0; t + 1 < s->n_frames; t++) {
        const FrameState *f = &s->frames[t], *g = f + 1;
        for (int b = 0; b < BLOCKS; b++) {
            Lanes plain, ramped;
            if (silent(f, g, b))
                continue;
            oscillate_adjoint(rotations(s, t, b), t > 0 ? daudio + t * H : first, &plain, &ramped);
            for (int i = 0; i < LANES; i++) {
                int k = b * LANES + i; /* amplitude = sqrt(2 part): d amplitude / d part = 1 / amplitude */
                if (f->amplitude[k] > 0)
                    s->dpart[(size_t)t * row + (size_t)k] += (plain[i] - ramped[i]) / f->amplitude[k];
                if (g->amplitude[k] > 0)
                    s->dpart[(size_t)(t + 1) * row + (size_t)k] += ramped[i] / g->amplitude[k];
            }
        }
    }
}

/* ---- noise ---- */

static float gain_at(const TbChunk *c, int n_frames, int sample) {
    int point = sample / (H / TB_GAINS), last = n_frames * TB_GAINS - 1;
    float w = (float)(sample % (H / TB_GAINS)) / (H / TB_GAINS);
    float a = powf(10, c->gain[point < last ? point : last] / 20),
          b = powf(10, c->gain[point + 1 < last ? point + 1 : last] / 20);
    return a + w * (b - a);
}

static void noise_forward(TbChunkSynth *s, float *audio) {
    const TbChunk *c = s->chunk;
    memset(s->noise, 0, (size_t)(s->n_frames + 1) * H * sizeof *s->noise);
    for (int t = 0; t < s->n_frames; t++) {
        FrameState *f = &s->frames[t];
        float level[TB_BANDS], *white = s->white + (size_t)t * (NOISE_FFT + 16);
        for (int b = 0; b < TB_BANDS; b++)
            level[b] = f->part[PARTS + b] / tbi_band_fraction(b);
        for (int b = 0; b < NOISE_BINS; b++) {
            int j = s->band[b];
            f->magnitude[b] = sqrtf(level[j] + s->weight[b] * (level[j + 1] - level[j]));
        }
        memcpy(s->real, c->white + t * H, NOISE_FFT * sizeof *s->real);
        tb_fft_forward(s->fft, s->real, white);
        for (int b = 0; b < NOISE_BINS; b++) {
            s->spectrum[2 * b] = white[2 * b] * f->magnitude[b] / NOISE_FFT;
            s->spectrum[2 * b + 1] = white[2 * b + 1] * f->magnitude[b] / NOISE_FFT;
        }
        tb_fft_inverse(s->fft, s->spectrum, s->real);
        for (int i = 0; i < 2 * H; i++) /* frame t is centred on sample t H of the chunk */
            s->noise[t * H + i] += s->real[H + i] * s->window[i];
    }
    for (int i = 0; i < (s->n_frames - 1) * H; i++)
        audio[i] += s->noise[i + H] * gain_at(c, s->n_frames, i);
}

static void noise_backward(TbChunkSynth *s, const float *daudio) {
    const TbChunk *c = s->chunk;
    memset(s->noise, 0, (size_t)(s->n_frames + 1) * H * sizeof *s->noise);
    for (int i = 0; i < (s->n_frames - 1) * H; i++)
        s->noise[i + H] = daudio[i] * gain_at(c, s->n_frames, i);
    for (int t = 0; t < s->n_frames; t++) {
        const FrameState *f = &s->frames[t];
        const float *white = s->white + (size_t)t * (NOISE_FFT + 16);
        float dlevel[TB_BANDS] = {0};
        memset(s->real, 0, NOISE_FFT * sizeof *s->real);
        for (int i = 0; i < 2 * H; i++)
            s->real[H + i] = s->noise[t * H + i] * s->window[i];
        tb_fft_forward(s->fft, s->real, s->spectrum);
        for (int b = 0; b < NOISE_BINS; b++) {
            /* adjoint of the inverse real FFT: all bins but the first and last count twice */
            float twice = b == 0 || b == NOISE_BINS - 1 ? 1.0f / NOISE_FFT : 2.0f / NOISE_FFT;
            float dm = twice * (white[2 * b] * s->spectrum[2 * b] + white[2 * b + 1] * s->spectrum[2 * b + 1]);
            if (f->magnitude[b] > 1e-12f) {
                float d = dm / (2 * f->magnitude[b]);
                dlevel[s->band[b]] += d * (1 - s->weight[b]);
                dlevel[s->band[b] + 1] += d * s->weight[b];
            }
        }
        for (int b = 0; b < TB_BANDS; b++)
            s->dpart[(size_t)t * (PARTS + TB_BANDS) + (size_t)(PARTS + b)] += dlevel[b] / tbi_band_fraction(b);
    }
}

void tbi_chunk_forward(TbChunkSynth *s, const TbChunk *chunk, const float *x, float *audio) {
    s->chunk = chunk;
    for (int t = 0; t < s->n_frames; t++)
        scale_forward(s, t, x + t * TB_FEATURES);
    memset(audio, 0, (size_t)(s->n_frames - 1) * H * sizeof *audio);
    prepare_rotations(s);
    partials_forward(s, audio);
    noise_forward(s, audio);
}

void tbi_chunk_backward(TbChunkSynth *s, const float *daudio, float *dx) {
    memset(s->dpart, 0, (size_t)s->n_frames * (PARTS + TB_BANDS) * sizeof *s->dpart);
    partials_backward(s, daudio);
    noise_backward(s, daudio);
    for (int t = 0; t < s->n_frames; t++)
        scale_backward(s, t, s->dpart + (size_t)t * (PARTS + TB_BANDS), dx + t * TB_FEATURES);
}
