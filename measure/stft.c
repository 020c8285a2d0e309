/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short-time spectra, computed one frame at a time so that memory does not grow with the sound's length. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

TbStatus tb_stft_new(size_t size, size_t hop, TbStft **stft) {
    *stft = NULL;
    TbStft *s = malloc(sizeof *s);
    if (!s)
        return tbi_no_memory("to measure a sound");
    *s = (TbStft){.size = size, .hop = hop, .n_bins = size / 2 + 1};
    TbStatus status = hop > 0 ? tb_fft_new(size, &s->fft)
                              : tb_fail(TB_ERR_ARGUMENT, "Frames of a spectrum must be a sample or more apart.");
    s->window = tbi_arena_floats(&s->memory, size);
    s->frame = tbi_arena_floats(&s->memory, size);
    s->spectrum = tbi_arena_floats(&s->memory, size + 2);
    if (!status && s->memory.failed)
        status = tbi_no_memory("to measure a sound");
    if (status) {
        tb_stft_free(s);
        return status;
    }
    tb_hann(s->window, size);
    *stft = s;
    return TB_OK;
}

void tb_stft_free(TbStft *stft) {
    if (stft)
        tb_fft_free(stft->fft);
    tbi_arena_free_owner(stft);
}

size_t tb_stft_n_bins(const TbStft *stft) {
    return stft->n_bins;
}

size_t tb_stft_n_frames(const TbStft *stft, size_t n_samples) {
    return n_samples / stft->hop + 2;
}

void tb_stft_magnitudes(TbStft *stft, const float *x, size_t n, size_t centre, float *magnitudes) {
    size_t half = stft->size / 2;
    size_t before = centre < half ? half - centre : 0; /* zeros before the sound */
    size_t start = centre + before - half;
    size_t available = start < n ? n - start : 0;
    if (available > stft->size - before)
        available = stft->size - before;
    memset(stft->frame, 0, before * sizeof(float));
    for (size_t i = 0; i < available; i++)
        stft->frame[before + i] = x[start + i] * stft->window[before + i];
    memset(stft->frame + before + available, 0, (stft->size - before - available) * sizeof(float));
    tb_fft_forward(stft->fft, stft->frame, stft->spectrum);
    for (size_t k = 0; k < stft->n_bins; k++) {
        float re = stft->spectrum[2 * k], im = stft->spectrum[2 * k + 1];
        magnitudes[k] = sqrtf(re * re + im * im);
    }
}
