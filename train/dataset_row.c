/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A frame as a row of 16-bit numbers, and back. */
#include "train/dataset.h"

#include <math.h>
#include <string.h>

#define DB_UNIT 100.0f /* of the last number of a row */

static int16_t fixed_point(float v) {
    return (int16_t)lrintf(v < -32767 ? -32767 : v > 32767 ? 32767 : v);
}

void tbi_dataset_pack(const TbFrame *frame, float loudest, int16_t *row) {
    float x[TB_MODEL_INPUTS];
    tb_frame_to_features(frame, x);
    tb_frame_to_condition(frame, x + TB_FEATURES);
    for (int i = 0; i < TB_MODEL_INPUTS; i++)
        row[i] = fixed_point(x[i] * ROW_UNIT);
    row[TB_MODEL_INPUTS] = fixed_point(10 * log10f((loudest + 1e-20f) / (frame->power + 1e-20f)) * DB_UNIT);
}

void tbi_dataset_unpack(const int16_t *row, float *x, float *target, float *condition, float *below) {
    for (int i = 0; i < TB_MODEL_INPUTS; i++)
        x[i] = (float)row[i] * (1 / ROW_UNIT);
    memcpy(target, x, TB_FEATURES * sizeof *x);
    memcpy(condition, x + TB_FEATURES, TB_CONDITIONS * sizeof *x);
    for (int k = 0; k < TB_PARTIALS; k++) { /* as in tbi_model_input */
        float level = 3 * x[TB_FEATURE_PARTIAL + k];
        x[TB_FEATURE_RATIO + k] *= level < 1 ? level : 1;
    }
    *below = (float)row[TB_MODEL_INPUTS] * (1 / DB_UNIT);
}

float tbi_loudest_power(const TbAnalysis *analysis) {
    float loudest = 0;
    for (size_t i = 0; i < analysis->n_notes; i++)
        for (size_t t = 0; t < analysis->notes[i].n_frames; t++)
            loudest = fmaxf(loudest, analysis->notes[i].frames[t].power);
    return loudest;
}

size_t tbi_dataset_spread(size_t i, size_t n) {
    size_t step = (size_t)(0.618 * (double)n) | 1, a = n, b = step;
    while (b > 0) { /* the next number coprime to n, so that each is taken once */
        size_t rest = a % b;
        a = b;
        b = rest;
        if (b == 0 && a > 1) {
            a = n;
            b = ++step;
        }
    }
    return i % n * step % n;
}
