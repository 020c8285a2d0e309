/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/tools.h"
#include "measure/internal.h"

#include <math.h>

enum { SIZE = 2048, HOP = 1378 /* 31 ms: 48 of them are 1.5 s */ };
#define RANGE_DB 60.0f
#define SILENT 1e-3f /* -60 dBFS */
#define ONSET 0.05f  /* of the peak */

bool mel_levels(const TbAudio *audio, float *mel) {
    TbStft *stft;
    TbMel bands;
    float *magnitudes = tb_aligned_new(SIZE / 2 + 1), peak = 0, most = -200;
    size_t start = 0;
    for (size_t i = 0; i < audio->n_samples; i++)
        peak = fmaxf(peak, fabsf(audio->samples[i]));
    while (start < audio->n_samples && fabsf(audio->samples[start]) < ONSET * peak)
        start++;
    if (peak < SILENT || !magnitudes || tb_stft_new(SIZE, HOP, &stft) != TB_OK || tbi_mel_new(&bands, SIZE) != TB_OK) {
        tb_aligned_free(magnitudes);
        return false;
    }
    for (size_t t = 0; t < MEL_FRAMES; t++) {
        double power[TB_N_MELS];
        tb_stft_magnitudes(stft, audio->samples + start, audio->n_samples - start, t * HOP, magnitudes);
        tbi_mel_power(&bands, magnitudes, power);
        for (size_t k = 0; k < TB_N_MELS; k++) {
            mel[t * TB_N_MELS + k] = (float)(10 * log10(power[k] + 1e-20));
            most = fmaxf(most, mel[t * TB_N_MELS + k]);
        }
    }
    for (size_t i = 0; i < MEL_SIZE; i++)
        mel[i] = fmaxf(mel[i] - most, -RANGE_DB);
    tbi_mel_free(&bands);
    tb_stft_free(stft);
    tb_aligned_free(magnitudes);
    return true;
}

double mel_distance(const float *a, const float *b) {
    double sum = 0;
    for (size_t i = 0; i < MEL_SIZE; i++) {
        double d = a[i] - b[i];
        sum += d * d;
    }
    return sqrt(sum / MEL_SIZE);
}
