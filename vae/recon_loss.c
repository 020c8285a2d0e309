/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reconstruction loss: one function per kind of column group, each scoring one row and adding its gradient. */
#include "base/cpu.h"
#include "timbrel/vae.h"
#include "vae/training.h"

#include <assert.h>

#define EXCLUDED 1.5f /* columns with a threshold of this or more are excluded */
#define INAUDIBLE                                                                                                      \
    0.05f /* weight of the plain error: inaudible columns still count a little, to keep their levels sensible */

static inline float huber(float e) {
    float size = e < 0 ? -e : e;
    return size < 1 ? e * e : 2 * size - 1;
}

static inline float clip(float e) {
    return e < -1 ? -1 : e > 1 ? 1 : e;
}

/* `scale` is weight / rows: the factor of one row's loss in the batch mean. dy may be NULL. */
TB_MULTIVERSION static double level(const float *y, const float *target, const float *threshold, int size, float scale,
                                    float *dy) {
    float loss = 0, total = 0;
    for (int k = 0; k < size; k++) {
        float low = threshold ? threshold[k] : 0, t = target[k], e = 20 * (y[k] - t);
        float audible = t > low ? e : y[k] > low ? 20 * (y[k] - low) : 0, weight = 0.15f + (t > low ? t : low);
        weight = low < EXCLUDED ? weight : 0;
        loss += weight * ((1 - INAUDIBLE) * huber(audible) + INAUDIBLE * huber(e));
        total += weight;
    }
    if (!(total > 1e-6f))
        return 0;
    float gain = 40.0f * scale / total; /* 2 (Huber's slope) times 20 (levels to units of 5 dB) */
    for (int k = 0; dy && k < size; k++) {
        float low = threshold ? threshold[k] : 0, t = target[k], e = 20 * (y[k] - t);
        float audible = t > low ? e : y[k] > low ? 20 * (y[k] - low) : 0, weight = 0.15f + (t > low ? t : low);
        weight = low < EXCLUDED ? weight : 0;
        dy[k] += gain * weight * ((1 - INAUDIBLE) * clip(audible) + INAUDIBLE * clip(e));
    }
    return loss / total;
}

TB_MULTIVERSION static double plain(const float *y, const float *target, int size, float scale, float *dy) {
    float loss = 0, gain = 32.0f * scale / (float)size;
    for (int k = 0; k < size; k++)
        loss += (y[k] - target[k]) * (y[k] - target[k]);
    for (int k = 0; dy && k < size; k++)
        dy[k] += gain * (y[k] - target[k]);
    return 16.0f * loss / (float)size;
}

TB_MULTIVERSION static double weighted(const float *y, const float *target, const float *by, int size, float scale,
                                       float *dy) {
    float loss = 0, total = 0.3f;
    for (int k = 0; k < size; k++) {
        loss += by[k] * by[k] * (y[k] - target[k]) * (y[k] - target[k]);
        total += by[k] * by[k];
    }
    float gain = 200.0f * scale / total;
    for (int k = 0; dy && k < size; k++)
        dy[k] += gain * by[k] * by[k] * (y[k] - target[k]);
    return 100.0f * loss / total;
}

double tbi_recon_loss(const TbColumns *groups, size_t n_groups, int output_dim, const float *y, const float *target,
                      const float *threshold, size_t n, float *dy, double *parts) {
    double loss = 0;
    for (size_t g = 0; g < n_groups; g++) {
        const TbColumns *group = &groups[g];
        assert(group->offset >= 0 && group->size > 0 && group->offset + group->size <= output_dim);
        assert(group->kind != TB_COLUMN_WEIGHTED || groups[group->by].size == group->size);
        float scale = group->weight / (float)n;
        double sum = 0;
        for (size_t row = 0; row < n; row++) {
            size_t at = row * (size_t)output_dim + (size_t)group->offset;
            float *gradient = dy ? dy + at : NULL;
            switch (group->kind) {
            case TB_COLUMN_LEVEL:
                sum += level(y + at, target + at, threshold ? threshold + at : NULL, group->size, scale, gradient);
                break;
            case TB_COLUMN_PLAIN:
                sum += plain(y + at, target + at, group->size, scale, gradient);
                break;
            case TB_COLUMN_WEIGHTED:
                sum +=
                    weighted(y + at, target + at, target + row * (size_t)output_dim + (size_t)groups[group->by].offset,
                             group->size, scale, gradient);
                break;
            }
        }
        if (parts)
            parts[g] = sum / (double)n;
        loss += group->weight * sum / (double)n;
    }
    return loss;
}
