/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits the noise of a note: the residual of harmonics and partials as band powers per frame and, where its level
 * changes faster than that, sub-frame gains. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>

enum {
    SUB = TB_HOP_SIZE / TB_GAINS,
    EDGE = 64, /* samples over which the residual fades in, or its sudden beginning would look like noise */
};
#define FLAT_DB 5.0f   /* gains all within this are random fluctuation of the noise and set to 0 dB */
#define MAX_GAIN 64.0f /* +18 dB, as power */
#define MIN_GAIN_DB -60.0f

/* e[n_points]: mean square of the residual around the start of each sub-frame, Hann window of two sub-frames. */
static void sub_frame_power(const Note *note, size_t n_points, float *e) {
    float w[2 * SUB + 1];
    double sum = 0;
    for (int i = 0; i <= 2 * SUB; i++) {
        w[i] = 0.5f - 0.5f * cosf((float)TB_PI * (float)(i + 1) / (SUB + 1));
        sum += w[i];
    }
    for (size_t p = 0; p < n_points; p++) {
        double v = 0;
        for (int i = -SUB; i <= SUB; i++) {
            long at = (long)(p * SUB) + i;
            if (at >= 0 && at < (long)note->n)
                v += w[i + SUB] * note->residual[at] * note->residual[at];
        }
        e[p] = (float)(v / sum);
    }
}

/* Bins near a partial contain the error of its subtraction rather than noise: gives them a low weight, so that the
 * noise is measured between the partials as far as the window resolves them. */
static void trust_bins(const Note *note, size_t t, float *trust) {
    const float bin = TB_RATE / NOISE_FFT;
    for (int b = 0; b < NOISE_BINS; b++)
        trust[b] = 1;
    for (int k = 0; k < note->n_harmonics + TB_PARTIALS; k++) {
        float f, reach = 2.0f;
        if (k < note->n_harmonics) {
            float n = (float)(k + 1);
            f = note->f0[t] * n * sqrtf(1 + note->inharmonicity * n * n);
            reach = fminf(reach, 0.3f * note->f0[t] / bin);
            if (note->f0[t] < 3.5f * bin)
                continue;
        } else {
            size_t i = t * TB_PARTIALS + (size_t)(k - note->n_harmonics);
            if (note->partial[i].re == 0 && note->partial[i].im == 0)
                continue;
            f = note->partial_freq[i];
        }
        float at = f / bin;
        for (int b = (int)ceilf(at - reach); b <= (int)floorf(at + reach) && b < NOISE_BINS; b++)
            trust[b < 0 ? 0 : b] = 1e-3f;
    }
}

/* Gains of one frame: measured sub-frame power over the power interpolated between this frame and the next. */
static void measure_gains(const float *e, float here, float next, float *gain) {
    bool flat = true;
    for (int s = 0; s < TB_GAINS; s++) {
        float expected = here + (next - here) * (float)s / TB_GAINS;
        float g = fminf(e[s] / (expected + 1e-12f), MAX_GAIN);
        gain[s] = fmaxf(10 * log10f(g + 1e-6f), MIN_GAIN_DB);
        flat = flat && fabsf(gain[s]) < FLAT_DB;
    }
    for (int s = 0; s < TB_GAINS && flat; s++)
        gain[s] = 0;
}

/* Removes infrasound (DC and thumps below 15 Hz), which a short analysis window would leak into the noise bands.
 * Subtracts a moving average under a long Hann window, computed every hop and interpolated linearly. The window is
 * constant over SUB samples, so sums of SUB samples suffice. Scratch: drift[n / hop + 2], sums[n / SUB + 1]. */
static void remove_drift(float *x, size_t n, float *drift, float *sums) {
    enum { REACH = 2048 / SUB, SUBS = TB_HOP_SIZE / SUB };
    float w[2 * REACH];
    for (int i = 0; i < 2 * REACH; i++)
        w[i] = 0.5f - 0.5f * cosf((float)TB_PI * ((float)i + 0.5f) / REACH);
    long blocks = (long)((n + SUB - 1) / SUB), points = (long)(n / TB_HOP_SIZE) + 2;
    for (long b = 0; b < blocks; b++) {
        size_t from = (size_t)b * SUB, to = from + SUB < n ? from + SUB : n;
        float sum = 0;
        for (size_t i = from; i < to; i++)
            sum += x[i];
        sums[b] = sum;
    }
    for (long p = 0; p < points; p++) {
        float sum = 0, all = 1e-9f;
        for (long i = 0; i < 2 * REACH; i++) {
            long b = p * SUBS - REACH + i;
            if (b >= 0 && b < blocks) {
                size_t size = n - (size_t)b * SUB;
                sum += w[i] * sums[b];
                all += w[i] * (float)(size < SUB ? size : SUB);
            }
        }
        drift[p] = sum / all;
    }
    for (size_t i = 0; i < n; i++) {
        size_t p = i / TB_HOP_SIZE;
        float v = (float)(i % TB_HOP_SIZE) / TB_HOP_SIZE;
        x[i] -= drift[p] + v * (drift[p + 1] - drift[p]);
    }
}

TbStatus tbi_fit_noise(Note *note, TbFrame *frames) {
    size_t n = note->n_frames;
    TbFft *fft = NULL;
    TbStatus status = tb_fft_new(NOISE_FFT, &fft);
    TbArena memory = {0};
    float *real = tbi_arena_floats(&memory, NOISE_FFT), *spectrum = tbi_arena_floats(&memory, NOISE_FFT + 2);
    float *window = tbi_arena_floats(&memory, NOISE_FFT);
    float *e = tbi_arena_floats(&memory, n * TB_GAINS + 1), *total = tbi_arena_floats(&memory, n + 2);
    if (status == TB_OK && memory.failed)
        status = tbi_no_memory("to analyse this sound");
    if (status == TB_OK) {
        double norm = 0;
        remove_drift(note->residual, note->n, total, e);
        float trust[NOISE_BINS];
        BandMap map;
        tbi_band_map_init(&map);
        tb_hann(window, NOISE_FFT);
        for (int i = 0; i < NOISE_FFT; i++)
            norm += window[i] * window[i];
        for (size_t t = 0; t < n; t++) {
            for (long i = 0; i < NOISE_FFT; i++) {
                long p = (long)(t * TB_HOP_SIZE) + i - NOISE_FFT / 2;
                float edge = note->follows && p < EDGE ? ((float)p + 0.5f) / EDGE : 1;
                real[i] =
                    p >= 0 && p < (long)note->n ? note->residual[p] * window[i] * edge * edge * (3 - 2 * edge) : 0;
            }
            tb_fft_forward(fft, real, spectrum);
            double sum = 0;
            for (int b = 0; b < NOISE_BINS; b++) { /* in place: bin b reads 2b and 2b + 1, both >= b */
                float p = (spectrum[2 * b] * spectrum[2 * b] + spectrum[2 * b + 1] * spectrum[2 * b + 1]) / (float)norm;
                spectrum[b] = p;
                sum += b == 0 || b == NOISE_BINS - 1 ? p / 2 : p;
            }
            trust_bins(note, t, trust);
            tbi_bands_from_psd(&map, spectrum, trust, frames[t].band);
            total[t] = (float)(sum / (NOISE_FFT / 2));
        }
        total[n] = total[n - 1];
        sub_frame_power(note, n * TB_GAINS, e);
        for (size_t t = 0; t < n; t++)
            measure_gains(e + t * TB_GAINS, total[t], total[t + 1], frames[t].gain);
    }
    tbi_arena_free(&memory);
    tb_fft_free(fft);
    return status;
}
