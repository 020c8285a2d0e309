/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mel filter bank of sparse triangular filters. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdlib.h>

static double hz_to_mel(double f) {
    return 2595.0 * log10(1.0 + f / 700.0);
}
static double mel_to_hz(double m) {
    return 700.0 * (pow(10.0, m / 2595.0) - 1.0);
}

static double triangle(double f, const double *edge) {
    double up = (f - edge[0]) / (edge[1] - edge[0]), down = (edge[2] - f) / (edge[2] - edge[1]);
    return fmax(0.0, fmin(up, down));
}

TbStatus tbi_mel_new(TbMel *mel, size_t fft_size) {
    double edges[TB_N_MELS + 2], low = hz_to_mel(30.0), high = hz_to_mel(20000.0);
    for (int i = 0; i < TB_N_MELS + 2; i++)
        edges[i] = mel_to_hz(low + (high - low) * i / (TB_N_MELS + 1));
    *mel = (TbMel){.weights = calloc(fft_size + 2, sizeof(float))}; /* each bin is in up to two filters */
    if (!mel->weights)
        return tbi_no_memory("to measure a sound");
    float *w = mel->weights;
    for (int m = 0; m < TB_N_MELS; m++) {
        double sum = 0.0;
        for (size_t k = 0; k <= fft_size / 2; k++) {
            double v = triangle((double)k * TB_MEASURE_RATE / (double)fft_size, edges + m);
            if (v <= 0.0)
                continue;
            if (mel->count[m] == 0)
                mel->first[m] = k;
            w[mel->count[m]++] = (float)v;
            sum += v;
        }
        for (size_t k = 0; k < mel->count[m]; k++)
            w[k] = (float)(w[k] / fmax(sum, 1e-9));
        w += mel->count[m];
    }
    return TB_OK;
}

void tbi_mel_free(TbMel *mel) {
    free(mel->weights);
    *mel = (TbMel){0};
}

void tbi_mel_power(const TbMel *mel, const float *magnitudes, double *power) {
    const float *w = mel->weights;
    for (int m = 0; m < TB_N_MELS; m++) {
        const float *a = magnitudes + mel->first[m];
        double sum = 0.0;
        for (size_t k = 0; k < mel->count[m]; k++)
            sum += (double)(a[k] * a[k]) * w[k];
        power[m] = sum;
        w += mel->count[m];
    }
}
