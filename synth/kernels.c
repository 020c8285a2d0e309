// SPDX-License-Identifier: GPL-3.0-or-later
/* Sums over many sinusoids. Both kernels fold the signal around the centre: the even half meets only cosines, the odd
 * half only sines, so a rotation by one sample serves two samples. Lanes are partials, sixteen at a time. */
#include "synth/internal.h"

#include <math.h>
#include <string.h>

typedef float Lanes __attribute__((vector_size(64)));
enum { LANES = 16, RESTART = 512 }; /* rotations are restarted from exact values every RESTART samples */

/* cos and sin of n * w for each lane, exact. */
static void exact(const double *w, long n, Lanes *c, Lanes *s) {
    for (int i = 0; i < LANES; i++) {
        double a = w[i] * (double)n;
        (*c)[i] = (float)cos(a);
        (*s)[i] = (float)sin(a);
    }
}

TB_MULTIVERSION
static void correlate(const float *even, const float *odd, long from, long to, Lanes *c, Lanes *s, const Lanes *rc,
                      const Lanes *rs, Lanes *re, Lanes *im) {
    Lanes c0 = *c, s0 = *s, dc = *rc, ds = *rs, a = *re, b = *im;
    for (long i = from; i < to; i++) {
        a += c0 * even[i];
        b += s0 * odd[i];
        Lanes t = c0 * dc - s0 * ds;
        s0 = s0 * dc + c0 * ds;
        c0 = t;
    }
    *re = a;
    *im = b;
}

void demodulate(const float *x, size_t n, long centre, int length, const float *freq, int n_freq, Cpx *out,
                float *scratch) {
    int half = length / 2;
    float *even = scratch, *odd = scratch + half + 1;
    double sum = 0;
    /* Hann by rotation: 0.5 + 0.5 cos(pi i / half). */
    double step = TB_PI / half, wc = 1, ws = 0, sc = cos(step), ss = sin(step);
    for (int i = 0; i <= half; i++) {
        double w = 0.5 + 0.5 * wc;
        double t = wc * sc - ws * ss;
        ws = ws * sc + wc * ss;
        wc = t;
        long p = centre + i, q = centre - i;
        float a = p >= 0 && p < (long)n ? x[p] : 0, b = q >= 0 && q < (long)n ? x[q] : 0;
        if (i == 0) {
            even[0] = a;
            odd[0] = 0;
            sum += w;
        } else {
            even[i] = (a + b) * (float)w;
            odd[i] = (a - b) * (float)w;
            sum += 2 * w;
        }
    }
    float scale = (float)(2 / sum);
    for (int k = 0; k < n_freq; k += LANES) {
        double w[LANES];
        for (int i = 0; i < LANES; i++) {
            w[i] = k + i < n_freq && freq[k + i] > 0 && freq[k + i] < 0.5f * TB_RATE
                       ? 2 * TB_PI * (double)freq[k + i] / (double)TB_RATE
                       : 0;
        }
        Lanes rc, rs, re = {0}, im = {0};
        exact(w, 1, &rc, &rs);
        for (long from = 0; from <= half; from += RESTART) {
            long to = from + RESTART < half + 1 ? from + RESTART : half + 1;
            Lanes c, s;
            exact(w, from, &c, &s);
            correlate(even, odd, from, to, &c, &s, &rc, &rs, &re, &im);
        }
        for (int i = 0; i < LANES && k + i < n_freq; i++) {
            out[k + i].re = w[i] > 0 ? re[i] * scale : 0;
            out[k + i].im = w[i] > 0 ? -im[i] * scale : 0;
        }
    }
}

enum { MAX_BLOCKS = TB_HARMONICS / LANES };

TB_MULTIVERSION
static void add_up(Lanes *c, Lanes *s, const Lanes *rc, const Lanes *rs, const Lanes *a, const Lanes *b, int n_blocks,
                   int n, float *even, float *odd) {
    for (int i = 0; i < n; i++) {
        Lanes e = {0}, o = {0};
        for (int j = 0; j < n_blocks; j++) {
            e += a[j] * c[j];
            o += b[j] * s[j];
            Lanes t = c[j] * rc[j] - s[j] * rs[j];
            s[j] = s[j] * rc[j] + c[j] * rs[j];
            c[j] = t;
        }
        float se = 0, so = 0;
        for (int j = 0; j < LANES; j++) {
            se += e[j];
            so += o[j];
        }
        even[i] = se;
        odd[i] = so;
    }
}

void overlap_add(float *x, size_t n, long centre, int hop, const float *freq, const Cpx *c, int n_freq, float sign) {
    Lanes cc[MAX_BLOCKS], ss[MAX_BLOCKS], rc[MAX_BLOCKS], rs[MAX_BLOCKS], a[MAX_BLOCKS], b[MAX_BLOCKS];
    float even[1 + 1024], odd[1 + 1024];
    int n_blocks = 0;
    for (int k = 0; k < n_freq; k += LANES) {
        double w[LANES] = {0};
        Lanes ka = {0}, kb = {0};
        bool any = false;
        for (int i = 0; i < LANES && k + i < n_freq; i++) {
            float f = freq[k + i];
            const Cpx *p = &c[k + i];
            if (f > 0 && f < 0.5f * TB_RATE && p->re * p->re + p->im * p->im > 1e-14f) {
                w[i] = 2 * TB_PI * (double)f / (double)TB_RATE;
                ka[i] = p->re;
                kb[i] = -p->im;
                any = true;
            }
        }
        if (!any) {
            continue;
        }
        a[n_blocks] = ka;
        b[n_blocks] = kb;
        exact(w, 0, &cc[n_blocks], &ss[n_blocks]);
        exact(w, 1, &rc[n_blocks], &rs[n_blocks]);
        n_blocks++;
    }
    if (n_blocks == 0) {
        return;
    }
    add_up(cc, ss, rc, rs, a, b, n_blocks, hop, even, odd);
    for (int i = 0; i < hop; i++) {
        float w = sign * (0.5f + 0.5f * cosf((float)TB_PI * (float)i / (float)hop));
        long p = centre + i, q = centre - i;
        if (p >= 0 && p < (long)n) {
            x[p] += w * (even[i] + odd[i]);
        }
        if (i > 0 && q >= 0 && q < (long)n) {
            x[q] += w * (even[i] - odd[i]);
        }
    }
}
