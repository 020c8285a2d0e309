/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aligned buffers and the Hann window. */
#include "timbrel/audio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

float *tb_aligned_new(size_t n) {
    if (n > (SIZE_MAX - ALIGNMENT) / sizeof(float))
        return NULL;
    size_t bytes = (n * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bytes == 0)
        bytes = ALIGNMENT;
    float *p = aligned_alloc(ALIGNMENT, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

void tb_aligned_free(float *p) {
    free(p);
}

void tb_audio_free(TbAudio *audio) {
    if (!audio)
        return;
    free(audio->samples);
    *audio = (TbAudio){0};
}

void tb_hann(float *w, size_t n) {
    for (size_t i = 0; i < n; i++)
        w[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)n));
}
