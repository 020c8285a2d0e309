/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/audio_loss.h"
#include "base/arena.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

enum { SCALES = 6, LARGEST = 2048 };
#define FLOOR 1e-3f

struct AudioLoss {
    TbArena memory; /* first: tbi_arena_free_owner */
    TbFft *fft[SCALES];
    float *window[SCALES];
    float *real, *a, *b;
};

TbStatus tbi_audio_loss_new(AudioLoss **loss) {
    AudioLoss *l = calloc(1, sizeof *l);
    *loss = NULL;
    if (!l)
        return tbi_no_memory("to train on audio");
    TbStatus status = TB_OK;
    for (int i = 0; i < SCALES && status == TB_OK; i++) {
        size_t n = (size_t)(LARGEST >> i);
        status = tb_fft_new(n, &l->fft[i]);
        l->window[i] = tbi_arena_floats(&l->memory, n);
        if (l->window[i])
            tb_hann(l->window[i], n);
    }
    l->real = tbi_arena_floats(&l->memory, LARGEST);
    l->a = tbi_arena_floats(&l->memory, LARGEST + 2);
    l->b = tbi_arena_floats(&l->memory, LARGEST + 2);
    if (status == TB_OK && l->memory.failed)
        status = tbi_no_memory("to train on audio");
    if (status != TB_OK) {
        tbi_audio_loss_free(l);
        return status;
    }
    *loss = l;
    return TB_OK;
}

void tbi_audio_loss_free(AudioLoss *l) {
    if (l)
        for (int i = 0; i < SCALES; i++)
            tb_fft_free(l->fft[i]);
    tbi_arena_free_owner(l);
}

static void transform(AudioLoss *l, int scale, const float *x, float *spectrum) {
    int n = LARGEST >> scale;
    for (int i = 0; i < n; i++)
        l->real[i] = x[i] * l->window[scale][i];
    tb_fft_forward(l->fft[scale], l->real, spectrum);
}

static float magnitude(const float *spectrum, int bin) {
    return sqrtf(spectrum[2 * bin] * spectrum[2 * bin] + spectrum[2 * bin + 1] * spectrum[2 * bin + 1] + 1e-20f);
}

static float sign(float x) {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/* Adds the loss of one frame; replaces the test's spectrum b by its gradient and transforms that back to samples. */
static double frame_loss(AudioLoss *l, int scale, float mean, float e, double weight, float *dtest) {
    int n = LARGEST >> scale;
    double sum = 0;
    for (int k = 0; k <= n / 2; k++) {
        float s = magnitude(l->a, k), t = magnitude(l->b, k), lin = (t - s) / mean, lg = logf((t + e) / (s + e));
        sum += fabsf(lin) + fabsf(lg);
        float d = (float)weight * (sign(lin) / mean + sign(lg) / (t + e)) /
                  t;                                  /* divided by t, for multiplication with re and im */
        float half = k == 0 || k == n / 2 ? 1 : 0.5f; /* the inverse transform counts inner bins twice */
        l->b[2 * k] *= d * half;
        l->b[2 * k + 1] *= d * half;
    }
    if (dtest) {
        tb_fft_inverse(l->fft[scale], l->b, l->real);
        for (int i = 0; i < n; i++)
            dtest[i] += l->real[i] * l->window[scale][i];
    }
    return sum * weight;
}

double tbi_audio_loss(AudioLoss *l, const float *target, const float *test, size_t n, float *dtest) {
    double total = 0;
    for (int scale = 0; scale < SCALES; scale++) {
        size_t size = (size_t)(LARGEST >> scale), hop = size / 4, frames = (n - size) / hop + 1;
        double weight = 1.0 / SCALES / (double)frames / (double)(size / 2 + 1), sum = 0;
        float top = 0;
        for (size_t i = 0; i < frames; i++) {
            transform(l, scale, target + i * hop, l->a);
            for (size_t k = 0; k <= size / 2; k++) {
                float s = magnitude(l->a, (int)k);
                sum += s;
                top = s > top ? s : top;
            }
        }
        float mean = (float)(sum / (double)(frames * (size / 2 + 1))) + 1e-6f;
        for (size_t i = 0; i < frames; i++) {
            transform(l, scale, target + i * hop, l->a);
            transform(l, scale, test + i * hop, l->b);
            total += frame_loss(l, scale, mean, FLOOR * top + 1e-9f, weight, dtest ? dtest + i * hop : NULL);
        }
    }
    return total;
}
