/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demodulation at many frequencies at once. The signal is split into even and odd parts around the centre: the even
 * part correlates only with cosines, the odd part only with sines, so one rotation step serves two samples. The SIMD
 * lanes are sixteen partials. Two streams run together to hide the latency of the rotation. */
#include "base/cpu.h"
#include "synth/simd.h"

#include <string.h>

enum {
    SEGMENT = 512, /* samples: single-precision rotations drift, so each segment restarts from exact values */
    MAX_BLOCKS = TB_HARMONICS / LANES,
    MAX_SEGMENTS = DEMODULATE_LONGEST / 2 / SEGMENT + 2,
};

/* Sixteen frequencies over one segment. */
typedef struct {
    const float *even, *odd;
    Lanes c, s;   /* cosine and sine of the phase at the segment's start */
    Lanes rc, rs; /* rotation by one sample */
    Lanes re, im; /* correlation sums */
} Stream;

TB_MULTIVERSION
static void correlate(Stream *p, Stream *q, int n) {
    Lanes pc = p->c, ps = p->s, pdc = p->rc, pds = p->rs, pa = {0}, pb = {0};
    Lanes qc = q->c, qs = q->s, qdc = q->rc, qds = q->rs, qa = {0}, qb = {0};
    const float *pe = p->even, *po = p->odd, *qe = q->even, *qo = q->odd;
    for (int i = 0; i < n; i++) {
        pa += pc * pe[i];
        pb += ps * po[i];
        qa += qc * qe[i];
        qb += qs * qo[i];
        Lanes pt = pc * pdc - ps * pds, qt = qc * qdc - qs * qds;
        ps = ps * pdc + pc * pds;
        qs = qs * qdc + qc * qds;
        pc = pt;
        qc = qt;
    }
    p->re = pa;
    p->im = pb;
    q->re = qa;
    q->im = qb;
}

/* Frequency of each lane in turns per sample, 0 if out of range. */
static PhaseTurns lane_turns(const float *freq, int count) {
    PhaseTurns w = {0};
    for (int i = 0; i < LANES && i < count; i++)
        if (freq[i] > 0 && freq[i] < 0.5f * TB_RATE)
            w[i] = (double)freq[i] / (double)TB_RATE;
    return w;
}

/* Sets the rotations at the start of each segment. */
TB_MULTIVERSION
static void start_streams(Stream *s, const PhaseTurns *w, int n_segments, int segment) {
    Lanes rc, rs;
    cos_sin(w, &rc, &rs);
    for (int i = 0; i < n_segments; i++) {
        PhaseTurns at = *w * (double)(i * segment);
        cos_sin(&at, &s[i].c, &s[i].s);
        s[i].rc = rc;
        s[i].rs = rs;
    }
}

/* w[i] = Hann window at i samples from its centre, 0 <= i < half rounded up to LANES. */
TB_MULTIVERSION
static void hann_half(float *w, int half) {
    PhaseTurns at, step = {0};
    for (int j = 0; j < LANES; j++)
        at[j] = j * 0.5 / half;
    step += LANES * 0.5 / half;
    Lanes c, s, rc, rs;
    cos_sin(&at, &c, &s);
    cos_sin(&step, &rc, &rs);
    for (int i = 0; i < half; i += LANES) {
        Lanes v = 0.5f + 0.5f * c, t = c * rc - s * rs;
        s = s * rc + c * rs;
        c = t;
        memcpy(w + i, &v, sizeof v);
    }
}

/* even[i], odd[i] = windowed sum and difference of x[i] and x[-i]; x points at the centre. On entry, even[] is the
 * window. */
TB_MULTIVERSION
static void fold(const float *restrict x, int half, float *restrict even, float *restrict odd) {
    for (int i = 1; i < half; i++) {
        float a = x[i], b = x[-i], w = even[i];
        even[i] = (a + b) * w;
        odd[i] = (a - b) * w;
    }
}

/* The same at the ends of x[n], with zeros outside. */
static void fold_edge(const float *x, long n, long centre, int half, float *even, float *odd) {
    for (int i = 1; i < half; i++) {
        long p = centre + i, q = centre - i;
        float a = p >= 0 && p < n ? x[p] : 0, b = q >= 0 && q < n ? x[q] : 0, w = even[i];
        even[i] = (a + b) * w;
        odd[i] = (a - b) * w;
    }
}

void tbi_demodulate(const float *x, size_t n, long centre, int length, const float *freq, int n_freq, Cpx *out,
                    float *scratch) {
    int half = length / 2, n_blocks = (n_freq + LANES - 1) / LANES;
    int n_segments = (half + SEGMENT - 1) / SEGMENT;
    if (n_blocks * n_segments % 2) /* streams run in pairs */
        n_segments++;
    int segment = (half + n_segments - 1) / n_segments, padded = segment * n_segments;
    float *even = scratch, *odd = scratch + half + 2 * LANES + MAX_SEGMENTS;
    hann_half(even, half);
    even[0] = centre >= 0 && centre < (long)n ? x[centre] : 0;
    odd[0] = 0;
    if (centre - half >= 0 && centre + half <= (long)n)
        fold(x + centre, half, even, odd);
    else
        fold_edge(x, (long)n, centre, half, even, odd);
    memset(even + half, 0, (size_t)(padded - half) * sizeof *even);
    memset(odd + half, 0, (size_t)(padded - half) * sizeof *odd);

    Stream stream[MAX_BLOCKS * MAX_SEGMENTS];
    for (int k = 0; k < n_blocks; k++) {
        PhaseTurns w = lane_turns(freq + k * LANES, n_freq - k * LANES);
        start_streams(stream + k * n_segments, &w, n_segments, segment);
    }
    int n_streams = n_blocks * n_segments;
    for (int i = 0; i < n_streams; i++) {
        stream[i].even = even + i % n_segments * segment;
        stream[i].odd = odd + i % n_segments * segment;
    }
    for (int i = 0; i + 1 < n_streams; i += 2)
        correlate(&stream[i], &stream[i + 1], segment);
    float scale = 2.0f / (float)half; /* the window's sum is half its length */
    for (int k = 0; k < n_freq; k++) {
        float re = 0, im = 0;
        for (int i = 0; i < n_segments; i++) {
            re += stream[k / LANES * n_segments + i].re[k % LANES];
            im += stream[k / LANES * n_segments + i].im[k % LANES];
        }
        bool sounds = freq[k] > 0 && freq[k] < 0.5f * TB_RATE;
        out[k] = sounds ? (Cpx){re * scale, -im * scale} : (Cpx){0, 0};
    }
}
