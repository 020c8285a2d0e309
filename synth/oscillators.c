/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oscillator bank: a sum of sinusoids whose amplitude and frequency change linearly over one hop, in blocks of
 * sixteen samples. Within a block an oscillator is sin(p + u) = sin p cos u + cos p sin u, where p is its phase at the
 * centre of the block and u the phase of each sample relative to that. cos u and sin u, vectors of sixteen samples, are
 * the same for all blocks while the frequency is constant, so a block costs two multiplications and the amplitude. */
#include "base/cpu.h"
#include "synth/render.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    CHUNK_BLOCKS = 20, /* single-precision phases drift: each chunk restarts from exact values */
    CHUNK = CHUNK_BLOCKS * LANES,
    STEADY_BLOCKS = 4, /* cos u and sin u are updated every 4 blocks if the frequency changes slowly */
};
#define STEADY 2e-7 /* turns per sample squared: for slower changes the error of a 2-block delay is below -70 dB */

static const Lanes from_centre = {-7.5f, -6.5f, -5.5f, -4.5f, -3.5f, -2.5f, -1.5f, -0.5f,
                                  0.5f,  1.5f,  2.5f,  3.5f,  4.5f,  5.5f,  6.5f,  7.5f};

/* Cosine and sine of a phase in turns, with absolute error 3e-7. */
static inline __attribute__((always_inline)) void cos_sin_float(Lanes turns, Lanes *c, Lanes *s) {
    const float round = 12582912.0f; /* 1.5 * 2^23: adding and subtracting it rounds to an integer */
    Lanes nearest = turns + round;
    nearest -= round;
    Lanes a = (turns - nearest) * (float)(TB_PI / 2), q = a * a;
    Lanes sine = a * (1 + q * (-1.0f / 6 + q * (1.0f / 120 - q * (1.0f / 5040))));
    Lanes cosine = 1 + q * (-0.5f + q * (1.0f / 24 + q * (-1.0f / 720 + q * (1.0f / 40320))));
    for (int i = 0; i < 2; i++) {
        Lanes twice = 2 * sine * cosine;
        cosine = 1 - 2 * sine * sine;
        sine = twice;
    }
    *c = cosine;
    *s = sine;
}

/* Sixteen oscillators: phase, frequency and slope at the chunk's first sample, and cosine and sine of the phase at the
 * centre of each block. */
typedef struct {
    PhaseTurns phase, frequency, slope;
    Lanes c[CHUNK_BLOCKS], s[CHUNK_BLOCKS];
} BlockCentres;

TB_MULTIVERSION
static void find_block_centres(BlockCentres *m, int n_blocks) {
    const double middle = (LANES - 1) / 2.0;
    Lanes c, s, rc, rs, qc, qs;
    PhaseTurns phase = m->phase + middle * m->frequency + (0.5 * middle * middle) * m->slope;
    PhaseTurns rate = LANES * (m->frequency + (middle + 0.5 * LANES) * m->slope),
               rate_change = (LANES * LANES) * m->slope;
    cos_sin(&phase, &c, &s);
    cos_sin(&rate, &rc, &rs);
    cos_sin(&rate_change, &qc, &qs);
    for (int b = 0; b < n_blocks; b++) {
        m->c[b] = c;
        m->s[b] = s;
        Lanes t = c * rc - s * rs;
        s = s * rc + c * rs;
        c = t;
        t = rc * qc - rs * qs;
        rs = rs * qc + rc * qs;
        rc = t;
    }
}

/* One oscillator within a block: cos u and sin u, their rotation to the next `steady` blocks, and the amplitude. */
typedef struct {
    Lanes c, s, turn_c, turn_s, amplitude;
    float d_amplitude;
} Shape;

/* The shape for blocks 0 .. steady - 1 of the chunk that starts at sample `at`. */
static inline __attribute__((always_inline)) Shape shape_of(const Oscillator *o, int at, int steady) {
    Shape f;
    double rate = o->frequency + o->slope * (at + 0.5 * steady * LANES - 0.5);
    float slope = (float)o->slope;
    cos_sin_float(((float)rate + 0.5f * slope * from_centre) * from_centre, &f.c, &f.s);
    cos_sin_float((float)(steady * LANES) * slope * from_centre, &f.turn_c, &f.turn_s);
    f.amplitude = o->amplitude + o->d_amplitude * ((float)at + 0.5f * (LANES - 1) + from_centre);
    f.d_amplitude = LANES * o->d_amplitude;
    return f;
}

/* sum[n_blocks] += two oscillators. c and s point to the cosine and sine of the first one's block centres, followed by
 * the second one's; blocks are LANES floats apart. */
TB_MULTIVERSION
static void run_two(const Oscillator *p, const Oscillator *q, int at, const float *c, const float *s, Lanes *sum,
                    int n_blocks) {
    double fastest = p->slope * p->slope > q->slope * q->slope ? p->slope : q->slope;
    int steady = fastest < STEADY && fastest > -STEADY ? STEADY_BLOCKS : 1;
    Shape f = shape_of(p, at, steady), g = shape_of(q, at, steady);
    for (int b = 0; b < n_blocks;) {
        int end = b + steady < n_blocks ? b + steady : n_blocks;
        for (; b < end; b++, c += LANES, s += LANES) {
            sum[b] += f.amplitude * (s[0] * f.c + c[0] * f.s) + g.amplitude * (s[1] * g.c + c[1] * g.s);
            f.amplitude += f.d_amplitude;
            g.amplitude += g.d_amplitude;
        }
        Lanes t = f.c * f.turn_c - f.s * f.turn_s, u = g.c * g.turn_c - g.s * g.turn_s;
        f.s = f.s * f.turn_c + f.c * f.turn_s;
        g.s = g.s * g.turn_c + g.c * g.turn_s;
        f.c = t;
        g.c = u;
    }
}

void tbi_oscillators_add(const Oscillator *o, int count, float *out, int n) {
    static const Oscillator none;
    BlockCentres centres;
    Lanes sum[CHUNK_BLOCKS];
    for (int at = 0; at < n && count > 0; at += CHUNK) {
        int m = n - at < CHUNK ? n - at : CHUNK, n_blocks = (m + LANES - 1) / LANES;
        memset(sum, 0, (size_t)n_blocks * sizeof *sum);
        for (int first = 0; first < count; first += LANES) {
            int used = count - first < LANES ? count - first : LANES;
            centres.phase = centres.frequency = centres.slope = (PhaseTurns){0};
            for (int i = 0; i < used; i++) {
                /* phase of sample m: phase + frequency m + slope m^2 / 2 */
                const Oscillator *p = &o[first + i];
                centres.phase[i] = p->phase + (p->frequency + 0.5 * p->slope * at) * at;
                centres.frequency[i] = p->frequency + p->slope * at;
                centres.slope[i] = p->slope;
            }
            find_block_centres(&centres, n_blocks);
            for (int i = 0; i < used; i += 2) {
                const Oscillator *p = &o[first + i];
                run_two(p, i + 1 < used ? p + 1 : &none, at, (const float *)centres.c + i, (const float *)centres.s + i,
                        sum, n_blocks);
            }
        }
        for (int i = 0; i < m; i++)
            out[at + i] += ((const float *)sum)[i];
    }
}

/* atan2 by a polynomial in the ratio of the smaller coordinate to the larger (Abramowitz and Stegun 4.4.49). */
TB_MULTIVERSION
void tbi_to_polar(const Cpx *c, int count, float *amplitude, float *turns) {
    for (int k = 0; k < count; k++) {
        float x = c[k].re, y = c[k].im, ax = fabsf(x), ay = fabsf(y);
        float big = ax > ay ? ax : ay, small = ax > ay ? ay : ax, t = small / (big + 1e-30f), q = t * t;
        float a = t * (0.99997726f + q * (-0.33262347f +
                                          q * (0.19354346f + q * (-0.11643287f + q * (0.05265332f - 0.0117212f * q)))));
        a *= 0.5f / (float)TB_PI;
        a = ay > ax ? 0.25f - a : a;
        a = x < 0 ? 0.5f - a : a;
        turns[k] = y < 0 ? 1 - a : a;
        amplitude[k] = sqrtf(x * x + y * y);
    }
}

void tbi_fade_in(float *x, int n, float length) {
    for (int i = 0; i < n && (float)i < length; i++) {
        float u = ((float)i + 0.5f) / length;
        x[i] *= u * u * (3 - 2 * u);
    }
}

void tbi_subtract_partials(float *x, int n, int hop, bool first, const Partials *a, const Partials *b, int count) {
    Oscillator bank[OSCILLATORS];
    const double per_rate = 1 / (double)TB_RATE, per_hop = 1.0 / hop;
    int used = 0;
    for (int k = 0; k < count; k++) {
        float a0 = a->amplitude[k], a1 = b ? b->amplitude[k] : 0;
        if (a0 < 1e-7f && a1 < 1e-7f)
            continue;
        double f0 = a->freq[k] * per_rate, f1 = b ? b->freq[k] * per_rate : f0;
        double correction = b ? wrap_turns((double)b->turns[k] - (double)a->turns[k] - 0.5 * (f0 + f1) * hop) : 0;
        bank[used++] = (Oscillator){.phase = a->turns[k] + 0.25,
                                    .frequency = f0 + correction * per_hop,
                                    .slope = (f1 - f0) * per_hop,
                                    .amplitude = -a0,
                                    .d_amplitude = (a0 - a1) * (float)per_hop};
    }
    if (!first) {
        tbi_oscillators_add(bank, used, x, n);
        return;
    }
    float y[2 * TB_HOP_SIZE] = {0};
    assert(n <= 2 * TB_HOP_SIZE);
    tbi_oscillators_add(bank, used, y, n);
    tbi_fade_in(y, n, FADE_IN * TB_HOP_SIZE);
    for (int i = 0; i < n; i++)
        x[i] += y[i];
}
