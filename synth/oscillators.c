// SPDX-License-Identifier: GPL-3.0-or-later
/* The oscillator bank: sums of sinusoids whose amplitude and frequency move linearly across one hop. Each oscillator is
 * a complex rotation whose own rate rotates (a chirp), sixteen partials side by side. */
#include "synth/render.h"

#include <math.h>

TB_MULTIVERSION
static void run(OscillatorLanes *o, int n_blocks, float *out, int n) {
    for (int i = 0; i < n; i++) {
        Lanes sum = {0};
        for (int j = 0; j < n_blocks; j++) {
            OscillatorLanes *p = &o[j];
            sum += p->amplitude * p->s;
            p->amplitude += p->d_amplitude;
            Lanes c = p->c * p->rc - p->s * p->rs;
            p->s = p->s * p->rc + p->c * p->rs;
            p->c = c;
            Lanes rc = p->rc * p->qc - p->rs * p->qs;
            p->rs = p->rs * p->qc + p->rc * p->qs;
            p->rc = rc;
        }
        float v = 0;
        for (int j = 0; j < LANES; j++) {
            v += sum[j];
        }
        out[i] += v;
    }
}

void oscillators_add(const Oscillator *o, int count, float *out, int n) {
    OscillatorLanes lanes[OSCILLATORS / LANES];
    int used = 0;
    for (int k = 0; k < count; k++) {
        OscillatorLanes *l = &lanes[used / LANES];
        int i = used % LANES;
        if (i == 0) {
            *l = (OscillatorLanes){0};
        }
        /* phase of sample m: phase + frequency m + slope m^2 / 2, in turns */
        float a = 2 * (float)TB_PI * o[k].phase, b = 2 * (float)TB_PI * (o[k].frequency + 0.5f * o[k].slope);
        float q = 2 * (float)TB_PI * o[k].slope;
        l->c[i] = cosf(a);
        l->s[i] = sinf(a);
        l->rc[i] = cosf(b);
        l->rs[i] = sinf(b);
        l->qc[i] = cosf(q);
        l->qs[i] = sinf(q);
        l->amplitude[i] = o[k].amplitude;
        l->d_amplitude[i] = o[k].d_amplitude;
        used++;
    }
    if (used > 0) {
        run(lanes, (used + LANES - 1) / LANES, out, n);
    }
}

void subtract_partials(float *x, int n, const float *freq0, const float *freq1, const Cpx *c0, const Cpx *c1,
                       int count) {
    Oscillator bank[OSCILLATORS];
    int used = 0;
    for (int k = 0; k < count; k++) {
        float a0 = hypotf(c0[k].re, c0[k].im), a1 = c1 ? hypotf(c1[k].re, c1[k].im) : 0;
        if (a0 < 1e-7f && a1 < 1e-7f) {
            continue;
        }
        float p0 = atan2f(c0[k].im, c0[k].re) / (2 * (float)TB_PI), f0 = freq0[k] / TB_RATE, f1 = freq1[k] / TB_RATE;
        float bend = 0;
        if (c1) {
            float p1 = atan2f(c1[k].im, c1[k].re) / (2 * (float)TB_PI);
            double advance = 0.5 * ((double)f0 + (double)f1) * TB_HOP_SIZE;
            bend = wrap_turns(p1 - p0 - (float)(advance - floor(advance)));
        }
        bank[used++] = (Oscillator){.phase = p0 + 0.25f,
                                    .frequency = f0 + bend / TB_HOP_SIZE,
                                    .slope = (f1 - f0) / TB_HOP_SIZE,
                                    .amplitude = -a0,
                                    .d_amplitude = (a0 - a1) / TB_HOP_SIZE};
    }
    oscillators_add(bank, used, x, n);
}
