/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loudness: A-weighted level in 10 ms frames. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <string.h>

enum { FRAME = 441 };

/* A-weighting (IEC 61672) as a gain; 0 dB at 1 kHz. */
static float a_weight(double f) {
    double f2 = f * f;
    double r = 12194.0 * 12194.0 * f2 * f2 /
               ((f2 + 20.6 * 20.6) * sqrt((f2 + 107.7 * 107.7) * (f2 + 737.9 * 737.9)) * (f2 + 12194.0 * 12194.0));
    return (float)(r * pow(10.0, 0.1));
}

/* A-weights the whole sound with one zero-phase FFT filter, then measures level[size / FRAME] in dB. real[size] and
 * spectrum[size + 2] are scratch. */
static void levels(const TbFft *fft, const float *x, size_t n, float *real, float *spectrum, double *level) {
    size_t size = tb_fft_size(fft);
    memcpy(real, x, n * sizeof *real);
    memset(real + n, 0, (size - n) * sizeof *real);
    tb_fft_forward(fft, real, spectrum);
    for (size_t k = 0; k <= size / 2; k++) {
        float gain = a_weight((double)k * TB_MEASURE_RATE / (double)size) / (float)size;
        spectrum[2 * k] *= gain;
        spectrum[2 * k + 1] *= gain;
    }
    tb_fft_inverse(fft, spectrum, real);
    for (size_t i = 0; i < size / FRAME; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < FRAME; j++)
            sum += (double)real[i * FRAME + j] * real[i * FRAME + j];
        level[i] = 10.0 * log10(sum / FRAME + 1e-14);
    }
}

TbStatus tbi_compare_level(const float *reference, const float *test, size_t n, TbComparison *result) {
    /* An even FFT size of at least one whole frame. */
    size_t size = n < FRAME + 1 ? FRAME + 1 : n + n % 2;
    size_t n_frames = n < FRAME ? 1 : n / FRAME;
    TbFft *fft = NULL;
    TbArena memory = {0};
    TbStatus status = tb_fft_new(size, &fft);
    float *real = tbi_arena_floats(&memory, size), *spectrum = tbi_arena_floats(&memory, size + 2);
    double *r = tbi_arena_alloc(&memory, size / FRAME, sizeof *r);
    double *t = tbi_arena_alloc(&memory, size / FRAME, sizeof *t);
    if (!status && memory.failed)
        status = tbi_no_memory("to compare two sounds");
    if (!status) {
        levels(fft, reference, n, real, spectrum, r);
        levels(fft, test, n, real, spectrum, t);
        double loudest = -INFINITY, sum = 0.0;
        size_t count = 0;
        for (size_t i = 0; i < n_frames; i++)
            loudest = fmax(loudest, r[i]);
        for (size_t i = 0; i < n_frames; i++) {
            if (!(r[i] > loudest - 60.0 || t[i] > loudest - 60.0))
                continue;
            sum += fabs(fmax(r[i], loudest - 60.0) - fmax(t[i], loudest - 60.0));
            count++;
        }
        result->loud = sum / (double)count;
    }
    tb_fft_free(fft);
    tbi_arena_free(&memory);
    return status;
}
