/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loudness and true peak after ITU-R BS.1770-4. */
#include "base/arena.h"
#include "base/cpu.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"

#include <math.h>

enum {
    HOPS_PER_BLOCK = 4, /* blocks of 400 ms begin every 100 ms */
    PHASES = 4,         /* of the interpolated signal, as in annex 2 */
    TAPS = 24,          /* input samples on which a value between two samples depends */
};
#define ABSOLUTE_GATE (-70.0) /* LUFS */
#define RELATIVE_GATE (-10.0) /* LU */
#define OFFSET (-0.691)       /* dB: a sine of 997 Hz at full scale in one channel has -3.01 LUFS */

/* ---- integrated loudness ---- */

/* y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2 in transposed direct form II; s[2] is the state. */
typedef struct {
    double b0, b1, b2, a1, a2, s[2];
} Biquad;

static inline double biquad(Biquad *f, double x) {
    double y = f->b0 * x + f->s[0];
    f->s[0] = f->b1 * x - f->a1 * y + f->s[1];
    f->s[1] = f->b2 * x - f->a2 * y;
    return y;
}

/* The two stages of the K-weighting at any sample rate: the analogue filters whose bilinear transforms at 48 kHz have
 * the coefficients of tables 1 and 2. */
static void k_weighting(double rate, Biquad *shelf, Biquad *high_pass) {
    const double gain = pow(10, 3.999843853973347 / 20), middle = pow(gain, 0.4996667741545416);
    double k = tan(M_PI * 1681.974450955533 / rate), q = 0.7071752369554196, a0 = 1 + k / q + k * k;
    *shelf = (Biquad){.b0 = (gain + middle * k / q + k * k) / a0,
                      .b1 = 2 * (k * k - gain) / a0,
                      .b2 = (gain - middle * k / q + k * k) / a0,
                      .a1 = 2 * (k * k - 1) / a0,
                      .a2 = (1 - k / q + k * k) / a0};
    k = tan(M_PI * 38.13547087602444 / rate), q = 0.5003270373238773, a0 = 1 + k / q + k * k;
    *high_pass = (Biquad){.b0 = 1, .b1 = -2, .b2 = 1, .a1 = 2 * (k * k - 1) / a0, .a2 = (1 - k / q + k * k) / a0};
}

/* The mean over all blocks louder than the gate, in LUFS; -INFINITY: there are none. power[n_hops]: of 100 ms each. */
static double gated(const double *power, size_t n_hops, double gate) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i + HOPS_PER_BLOCK <= n_hops; i++) {
        double block = 0;
        for (size_t k = 0; k < HOPS_PER_BLOCK; k++)
            block += power[i + k] / HOPS_PER_BLOCK;
        if (block > 0 && OFFSET + 10 * log10(block) > gate) {
            sum += block;
            n++;
        }
    }
    return n > 0 ? OFFSET + 10 * log10(sum / (double)n) : -INFINITY;
}

TbStatus tb_loudness(const float *const *channel, int n_channels, size_t n, double sample_rate, double *lufs) {
    *lufs = -INFINITY;
    if (n_channels < 1 || n_channels > 2 || !(sample_rate >= 8000 && sample_rate <= 192000))
        return tb_fail(TB_ERR_ARGUMENT, "Loudness is that of one or two channels at 8 kHz to 192 kHz.");
    size_t hop = (size_t)rint(sample_rate / 10), n_hops = n / hop;
    TbArena memory = {0};
    double *power = tbi_arena_alloc(&memory, n_hops, sizeof *power);
    if (memory.failed)
        return tbi_no_memory("to measure loudness");
    TbFloatMode float_mode = tb_denormals_off(); /* the filters' answer to silence */
    for (int c = 0; c < n_channels; c++) {
        Biquad shelf, high_pass;
        k_weighting(sample_rate, &shelf, &high_pass);
        for (size_t h = 0; h < n_hops; h++) {
            double sum = 0;
            for (size_t i = h * hop; i < (h + 1) * hop; i++) {
                double y = biquad(&high_pass, biquad(&shelf, (double)channel[c][i]));
                sum += y * y;
            }
            power[h] += sum / (double)hop;
        }
    }
    tb_denormals_restore(float_mode);
    double ungated = gated(power, n_hops, ABSOLUTE_GATE);
    if (isfinite(ungated))
        *lufs = gated(power, n_hops, fmax(ungated + RELATIVE_GATE, ABSOLUTE_GATE));
    tbi_arena_free(&memory);
    return TB_OK;
}

/* ---- true peak ---- */

/* A sinc under a Hann window, sampled at p / PHASES after the middle of the taps. */
static void interpolator(int p, float tap[TAPS]) {
    double sum = 0, value[TAPS];
    for (int i = 0; i < TAPS; i++) {
        double x = i - (TAPS / 2 - 1) - (double)p / PHASES, window = cos(M_PI * x / TAPS);
        value[i] = sin(M_PI * x) / (M_PI * x) * window * window;
        sum += value[i];
    }
    for (int i = 0; i < TAPS; i++)
        tap[i] = (float)(value[i] / sum);
}

/* fmaxf is a call where NaN counts, and keeps a loop from being vectorised. */
static inline float larger(float a, float b) {
    return a > b ? a : b;
}

/* peak[i] = max(peak[i], |x| at sample i + p / PHASES). x has TAPS / 2 - 1 samples before and TAPS / 2 after. */
TB_MULTIVERSION
static void raise_between(const float *restrict x, const float *restrict tap, float *restrict peak, size_t n) {
    enum { TILE = 64 };
    for (size_t i = 0; i < n; i += TILE) {
        float sum[TILE] = {0};
        size_t m = n - i < TILE ? n - i : TILE;
        for (int k = 0; k < TAPS; k++)
            for (size_t j = 0; j < m; j++)
                sum[j] += tap[k] * x[i + j + (size_t)k];
        for (size_t j = 0; j < m; j++)
            peak[i + j] = larger(peak[i + j], sum[j] < 0 ? -sum[j] : sum[j]);
    }
}

void tb_true_peaks(const float *x, size_t n, float *peak) {
    enum { TILE = 4096, BEFORE = TAPS / 2 - 1, AROUND = TAPS - 1 };
    float tap[PHASES - 1][TAPS], padded[TILE + AROUND];
    for (int p = 1; p < PHASES; p++)
        interpolator(p, tap[p - 1]);
    for (size_t at = 0; at < n; at += TILE) {
        size_t m = n - at < TILE ? n - at : TILE;
        for (size_t i = 0; i < m + AROUND; i++) {
            size_t from = at + i - BEFORE; /* wraps before the beginning */
            padded[i] = from < n ? x[from] : 0;
        }
        for (size_t i = at; i < at + m; i++)
            peak[i] = larger(peak[i], x[i] < 0 ? -x[i] : x[i]);
        for (int p = 0; p < PHASES - 1; p++)
            raise_between(padded, tap[p], peak + at, m);
    }
}
