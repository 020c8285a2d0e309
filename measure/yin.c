/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YIN pitch tracking: cumulative mean normalised difference, first dip below a threshold, parabolic interpolation. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 2048,
    N_LAGS = 1472, /* down to 30 Hz */
    MIN_LAG = 9,   /* up to 4500 Hz */
    SPAN = WINDOW + N_LAGS,
    FFT_SIZE = 4096, /* >= SPAN: circular and linear correlation agree at lags 0 .. N_LAGS - 1 */
};
static const double THRESHOLD = 0.15;

typedef struct {
    TbFft *fft;
    TbArena memory; /* of the arrays */
    float *x, *head, *spectrum, *head_spectrum;
    double *energy;            /* [frames] */
    double difference[N_LAGS]; /* cumulative mean normalised */
} Yin;

static TbStatus yin_init(Yin *yin, size_t n_frames) {
    *yin = (Yin){0};
    yin->x = tbi_arena_floats(&yin->memory, FFT_SIZE);
    yin->head = tbi_arena_floats(&yin->memory, FFT_SIZE);
    yin->spectrum = tbi_arena_floats(&yin->memory, FFT_SIZE + 2);
    yin->head_spectrum = tbi_arena_floats(&yin->memory, FFT_SIZE + 2);
    yin->energy = tbi_arena_alloc(&yin->memory, n_frames, sizeof *yin->energy);
    return yin->memory.failed ? tbi_no_memory("to track a pitch") : tb_fft_new(FFT_SIZE, &yin->fft);
}

/* Copies the SPAN samples around `centre` to yin->x, zero outside x[n]; returns the energy of the first WINDOW. */
static double load_frame(Yin *yin, const float *x, size_t n, size_t centre) {
    double energy = 0.0;
    for (size_t i = 0; i < SPAN; i++) {
        size_t place = centre + i; /* index of the sample plus SPAN / 2, so that it is not negative */
        yin->x[i] = place >= SPAN / 2 && place - SPAN / 2 < n ? x[place - SPAN / 2] : 0.0f;
    }
    for (size_t i = 0; i < WINDOW; i++)
        energy += (double)yin->x[i] * yin->x[i];
    return energy;
}

static void normalised_difference(Yin *yin, double energy) {
    memset(yin->x + SPAN, 0, (FFT_SIZE - SPAN) * sizeof(float));
    memcpy(yin->head, yin->x, WINDOW * sizeof(float));
    memset(yin->head + WINDOW, 0, (FFT_SIZE - WINDOW) * sizeof(float));
    tb_fft_forward(yin->fft, yin->x, yin->spectrum);
    tb_fft_forward(yin->fft, yin->head, yin->head_spectrum);
    for (size_t k = 0; k < FFT_SIZE + 2; k += 2) {
        float a = yin->head_spectrum[k], b = yin->head_spectrum[k + 1], c = yin->spectrum[k], d = yin->spectrum[k + 1];
        yin->spectrum[k] = a * c + b * d; /* conj(head) * frame */
        yin->spectrum[k + 1] = a * d - b * c;
    }
    float *correlation = yin->head;
    tb_fft_inverse(yin->fft, yin->spectrum, correlation);
    double later = energy, sum = 0.0;
    yin->difference[0] = 1.0;
    for (size_t lag = 1; lag < N_LAGS; lag++) {
        double out = yin->x[lag - 1], in = yin->x[lag + WINDOW - 1];
        later += in * in - out * out;
        double d = fmax(energy + later - 2.0 * correlation[lag] / FFT_SIZE, 0.0);
        sum += d;
        yin->difference[lag] = d * (double)lag / fmax(sum, 1e-12);
    }
}

static double first_dip(const double *d) {
    for (size_t t = MIN_LAG; t + 1 < N_LAGS; t++) {
        if (!(d[t] < THRESHOLD && d[t] <= d[t - 1] && d[t] < d[t + 1]))
            continue;
        double curve = d[t - 1] - 2.0 * d[t] + d[t + 1];
        return (double)t + (curve > 0.0 ? 0.5 * (d[t - 1] - d[t + 1]) / curve : 0.0);
    }
    return 0.0;
}

TbStatus tbi_yin(const float *x, size_t n, float **f0, size_t *n_frames) {
    size_t count = n / TB_YIN_HOP + 2;
    Yin yin;
    double loudest = 0.0;
    TbStatus status = yin_init(&yin, count);
    *f0 = calloc(count, sizeof **f0);
    *n_frames = count;
    if (!status && !*f0)
        status = tbi_no_memory("to track a pitch");
    for (size_t i = 0; i < count && !status; i++) {
        yin.energy[i] = load_frame(&yin, x, n, i * TB_YIN_HOP);
        loudest = fmax(loudest, yin.energy[i]);
    }
    double gate = fmax(sqrt(loudest / WINDOW) * 1e-3, 1e-5); /* 60 dB below the loudest frame */
    for (size_t i = 0; i < count && !status; i++) {
        if (sqrt(yin.energy[i] / WINDOW) < gate)
            continue;
        normalised_difference(&yin, load_frame(&yin, x, n, i * TB_YIN_HOP));
        double lag = first_dip(yin.difference);
        (*f0)[i] = lag > 0.0 ? (float)(TB_MEASURE_RATE / lag) : 0.0f;
    }
    tb_fft_free(yin.fft);
    tbi_arena_free(&yin.memory);
    if (status) {
        free(*f0);
        *f0 = NULL;
        *n_frames = 0;
    }
    return status;
}
