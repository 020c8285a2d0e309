/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a background is made of: a sound at a low rate, from and to the samples of a recording, and hum. */
#include "base/no_memory.h"
#include "synth/background.h"

#include <math.h>
#include <stdlib.h>

enum {
    TAPS = 12,      /* of the interpolation: rumble is far below half of its rate */
    PHASES = 1024,  /* between two samples of the rumble */
    RENEWED = 1024, /* samples after which a rotation starts from an exact phase again */
};

static double window(double u) { /* Blackman, -1 <= u <= 1 */
    return 0.42 + 0.5 * cos(TB_PI * u) + 0.08 * cos(2 * TB_PI * u);
}

static double sinc(double x) {
    return fabs(x) < 1e-9 ? 1 : sin(TB_PI * x) / (TB_PI * x);
}

/* Index i, mirrored into 0 .. n - 1. */
static long mirrored(long i, long n) {
    i = i < 0 ? -i : i;
    return i < n ? i : 2 * (n - 1) - i > 0 ? 2 * (n - 1) - i : 0;
}

TbStatus tbi_lowpass(const float *x, size_t n, int factor, double cutoff, int reach, float *out) {
    float *tap = malloc(((size_t)reach + 1) * sizeof *tap);
    if (!tap)
        return tbi_no_memory("to analyse this sound");
    double sum = 0;
    for (int i = 0; i <= reach; i++) {
        tap[i] = (float)(sinc(2 * cutoff * i) * window((double)i / (reach + 1)));
        sum += i ? 2 * (double)tap[i] : (double)tap[i];
    }
    for (int i = 0; i <= reach; i++)
        tap[i] /= (float)sum;
    for (size_t m = 0; m <= (n - 1) / (size_t)factor; m++) {
        long c = (long)(m * (size_t)factor), last = (long)n;
        double y = (double)tap[0] * x[c];
        if (c >= reach && c + reach < last)
            for (int i = 1; i <= reach; i++)
                y += (double)(tap[i] * (x[c - i] + x[c + i]));
        else
            for (int i = 1; i <= reach; i++)
                y += (double)(tap[i] * (x[mirrored(c - i, last)] + x[mirrored(c + i, last)]));
        out[m] = (float)y;
    }
    free(tap);
    return TB_OK;
}

TbStatus tbi_add_upsampled(const float *low, size_t n_low, double rate, float gain, float *out, size_t n) {
    float(*kernel)[TAPS] = malloc(PHASES * sizeof *kernel);
    if (!kernel)
        return tbi_no_memory("for the rumble of a sound");
    for (int p = 0; p < PHASES; p++) {
        for (int i = 0; i < TAPS; i++) {
            double d = (double)p / PHASES - (i - (TAPS / 2 - 1));
            kernel[p][i] = gain * (float)(sinc(d) * window(d / (TAPS / 2)));
        }
    }
    for (size_t i = 0; i < n && n_low > 0; i++) {
        double at = (double)i * TB_RUMBLE_RATE / rate;
        long m = (long)at;
        const float *h = kernel[(int)((at - (double)m) * PHASES)];
        float y = 0;
        for (int k = 0; k < TAPS; k++)
            y += h[k] * low[mirrored(m + k - (TAPS / 2 - 1), (long)n_low)];
        out[i] += y;
    }
    free(kernel);
    return TB_OK;
}

void tbi_add_hum(const TbBackground *background, double rate, float gain, float *out, size_t n) {
    for (int k = 0; k < background->n_hum; k++) {
        const TbHum *h = &background->hum[k];
        double step = (double)h->hz / rate, a = (double)(gain * h->amplitude);
        double by_re = cos(2 * TB_PI * step), by_im = sin(2 * TB_PI * step), re = 0, im = 0;
        for (size_t i = 0; i < n && h->hz < 0.46f * (float)rate; i++) {
            if (i % RENEWED == 0) {
                double turns = (double)h->turns + step * (double)i, phase = 2 * TB_PI * (turns - floor(turns));
                re = a * cos(phase);
                im = a * sin(phase);
            }
            out[i] += (float)re;
            double next = re * by_re - im * by_im;
            im = re * by_im + im * by_re;
            re = next;
        }
    }
}
