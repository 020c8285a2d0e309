// SPDX-License-Identifier: GPL-3.0-or-later
/* The oscillator bank: sums of sinusoids whose amplitude and frequency move linearly across one hop. Each oscillator is
 * a complex rotation whose own rate rotates (a chirp), sixteen partials side by side. */
#include "synth/render.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 64 }; /* samples */

/* sum[n] gets (first) or gains what two banks of sixteen play; amplitudes move on by n samples. */
TB_MULTIVERSION
static void run_two(OscillatorLanes *p, OscillatorLanes *q, Lanes *sum, int n, bool first) {
    Lanes c = p->c, s = p->s, rc = p->rc, rs = p->rs, qc = p->qc, qs = p->qs, a = p->amplitude, da = p->d_amplitude;
    Lanes c2 = q->c, s2 = q->s, rc2 = q->rc, rs2 = q->rs, qc2 = q->qc, qs2 = q->qs, a2 = q->amplitude,
          da2 = q->d_amplitude;
    for (int i = 0; i < n; i++) {
        Lanes v = first ? a * s : sum[i] + a * s;
        sum[i] = v + a2 * s2;
        a += da;
        a2 += da2;
        Lanes t = c * rc - s * rs, t2 = c2 * rc2 - s2 * rs2;
        s = s * rc + c * rs;
        s2 = s2 * rc2 + c2 * rs2;
        c = t;
        c2 = t2;
        t = rc * qc - rs * qs;
        t2 = rc2 * qc2 - rs2 * qs2;
        rs = rs * qc + rc * qs;
        rs2 = rs2 * qc2 + rc2 * qs2;
        rc = t;
        rc2 = t2;
    }
    p->amplitude = a;
    q->amplitude = a2;
}

/* out[i] += the sum of sum[i]'s lanes. */
TB_MULTIVERSION
static void add_lanes(const Lanes *sum, float *out, int n) {
    typedef float Eight __attribute__((vector_size(32)));
    typedef float Four __attribute__((vector_size(16)));
    for (int i = 0; i < n; i++) {
        Eight e[2];
        Four f[2];
        memcpy(e, &sum[i], sizeof e);
        e[0] += e[1];
        memcpy(f, e, sizeof f);
        f[0] += f[1];
        out[i] += (f[0][0] + f[0][1]) + (f[0][2] + f[0][3]);
    }
}

/* Sixteen oscillators at the first sample: phase, frequency to the next sample, and its change; in turns. */
typedef struct {
    Turns phase, rate, slope;
} Start;

/* The rotations at sample `at`. In single precision they drift, a chirp's with the square of time: they start anew
 * every CHUNK samples. */
TB_MULTIVERSION
static void set_lanes(const Start *o, int at, OscillatorLanes *l) {
    double m = at;
    Turns rate = o->rate + o->slope * m;
    Turns phase = o->phase + o->rate * m + o->slope * (0.5 * m * (m - 1));
    cos_sin(&phase, &l->c, &l->s);
    cos_sin(&rate, &l->rc, &l->rs);
    cos_sin(&o->slope, &l->qc, &l->qs);
}

void oscillators_add(const Oscillator *o, int count, float *out, int n) {
    OscillatorLanes lanes[OSCILLATORS / LANES];
    Start start[OSCILLATORS / LANES];
    Lanes sum[CHUNK];
    int n_blocks = (count + 2 * LANES - 1) / (2 * LANES) * 2;
    for (int k = 0; k < n_blocks; k++) {
        lanes[k] = (OscillatorLanes){0};
        start[k] = (Start){0};
        for (int i = 0; i < LANES && k * LANES + i < count; i++) {
            const Oscillator *p = &o[k * LANES + i];
            /* phase of sample m: phase + frequency m + slope m^2 / 2 */
            start[k].phase[i] = p->phase;
            start[k].rate[i] = p->frequency + 0.5 * p->slope;
            start[k].slope[i] = p->slope;
            lanes[k].amplitude[i] = p->amplitude;
            lanes[k].d_amplitude[i] = p->d_amplitude;
        }
    }
    for (int at = 0; at < n && n_blocks > 0; at += CHUNK) {
        int m = n - at < CHUNK ? n - at : CHUNK;
        for (int k = 0; k < n_blocks; k += 2) {
            set_lanes(&start[k], at, &lanes[k]);
            set_lanes(&start[k + 1], at, &lanes[k + 1]);
            run_two(&lanes[k], &lanes[k + 1], sum, m, k == 0);
        }
        add_lanes(sum, out + at, m);
    }
}

/* atan2 by a polynomial of the smaller coordinate over the larger (after Abramowitz and Stegun 4.4.49). */
TB_MULTIVERSION
void to_polar(const Cpx *c, int count, float *amplitude, float *turns) {
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

void subtract_partials(float *x, int n, int hop, const Partials *a, const Partials *b, int count) {
    Oscillator bank[OSCILLATORS];
    const double per_rate = 1 / (double)TB_RATE, per_hop = 1.0 / hop;
    int used = 0;
    for (int k = 0; k < count; k++) {
        float a0 = a->amplitude[k], a1 = b ? b->amplitude[k] : 0;
        if (a0 < 1e-7f && a1 < 1e-7f) {
            continue;
        }
        double f0 = a->freq[k] * per_rate, f1 = b ? b->freq[k] * per_rate : f0;
        double bend = b ? wrap_turns((double)b->turns[k] - (double)a->turns[k] - 0.5 * (f0 + f1) * hop) : 0;
        bank[used++] = (Oscillator){.phase = a->turns[k] + 0.25,
                                    .frequency = f0 + bend * per_hop,
                                    .slope = (f1 - f0) * per_hop,
                                    .amplitude = -a0,
                                    .d_amplitude = (a0 - a1) * (float)per_hop};
    }
    oscillators_add(bank, used, x, n);
}
