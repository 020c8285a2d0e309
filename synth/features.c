// SPDX-License-Identifier: GPL-3.0-or-later
/* Frames as vectors for the network, and back. Training and playing use these same functions. */
#include "synth/internal.h"

#include <math.h>
#include <string.h>

#define RANGE_DB 100.0f
#define LEVEL_MAX 1.15f
#define LEVEL_SILENT 0.02f /* a decoded level below this is nothing */
#define GAIN_UNIT_DB 20.0f
#define GAIN_FLAT_DB 3.0f
#define AUDIBLE_HZ 20000.0f

static const float grid_low = -2.0f, grid_high = 4.58496250072f; /* log2 of 0.25 and 24 */

float slot_width(void) {
    return (grid_high - grid_low) / (TB_PARTIALS - 1);
}
float slot_ratio(int slot) {
    return grid_low + slot_width() * (float)slot;
}

static float level(float power, float total) {
    return clampf((10 * log10f(power / total + 1e-12f) + RANGE_DB) / RANGE_DB, 0, LEVEL_MAX);
}

static float power_of(float level) {
    return level > LEVEL_SILENT ? powf(10, (fminf(level, 1.1f) - 1) * RANGE_DB / 10) : 0;
}

static float mean_gain(const float *gain_db) {
    float sum = 0;
    for (int s = 0; s < TB_GAINS; s++) {
        sum += powf(10, gain_db[s] / 10);
    }
    return sum / TB_GAINS;
}

void tb_frame_to_features(const TbFrame *frame, float *x) {
    float p = fmaxf(frame->power, 1e-12f);
    for (int k = 0; k < TB_HARMONICS; k++) {
        x[TB_FEATURE_HARMONIC + k] = level(frame->harmonic[k] * frame->harmonic[k] / 2, p);
    }
    for (int k = 0; k < TB_PARTIALS; k++) {
        x[TB_FEATURE_PARTIAL + k] = level(frame->partial[k] * frame->partial[k] / 2, p);
        x[TB_FEATURE_RATIO + k] = clampf((frame->ratio[k] - slot_ratio(k)) / slot_width(), -2, 2);
    }
    for (int b = 0; b < TB_BANDS; b++) {
        x[TB_FEATURE_BAND + b] = level(frame->band[b], p);
    }
    for (int s = 0; s < TB_GAINS; s++) {
        x[TB_FEATURE_GAIN + s] = clampf(frame->gain[s], -30, 18) / GAIN_UNIT_DB;
    }
    x[TB_FEATURE_INHARMONICITY] = (log10f(frame->inharmonicity + 1e-5f) + 5) / 3;
}

void tb_frame_to_condition(const TbFrame *frame, float *c) {
    c[0] = log2f(fmaxf(frame->f0, 10) / 220) / 3;
    c[1] = 10 * log10f(fmaxf(frame->power, 1e-12f)) / 40 + 1;
}

void tb_features_to_frame(const float *x, TbFrame *frame) {
    float harmonic = 0, partial = 0, noise = 0;
    bool flat = true;
    float b = powf(10, x[TB_FEATURE_INHARMONICITY] * 3 - 5) - 1e-5f;
    frame->inharmonicity = b > 3e-6f ? fminf(b, 0.05f) : 0;
    for (int s = 0; s < TB_GAINS; s++) {
        frame->gain[s] = clampf(x[TB_FEATURE_GAIN + s] * GAIN_UNIT_DB, -30, 18);
        flat = flat && fabsf(frame->gain[s]) < GAIN_FLAT_DB;
    }
    if (flat) {
        memset(frame->gain, 0, sizeof frame->gain);
    }
    for (int k = 0; k < TB_HARMONICS; k++) {
        float n = (float)(k + 1);
        bool sounds = frame->f0 * n * sqrtf(1 + frame->inharmonicity * n * n) < AUDIBLE_HZ;
        frame->harmonic[k] = sounds ? power_of(x[TB_FEATURE_HARMONIC + k]) : 0;
        harmonic += frame->harmonic[k];
    }
    for (int k = 0; k < TB_PARTIALS; k++) {
        frame->partial[k] = power_of(x[TB_FEATURE_PARTIAL + k]);
        frame->ratio[k] = slot_ratio(k) + clampf(x[TB_FEATURE_RATIO + k], -2, 2) * slot_width();
        partial += frame->partial[k];
    }
    for (int i = 0; i < TB_BANDS; i++) {
        frame->band[i] = power_of(x[TB_FEATURE_BAND + i]);
        noise += frame->band[i];
    }
    float scale = frame->power / fmaxf(harmonic + partial + noise * mean_gain(frame->gain), 1e-9f);
    for (int k = 0; k < TB_HARMONICS; k++) {
        frame->harmonic[k] = sqrtf(2 * frame->harmonic[k] * scale);
    }
    for (int k = 0; k < TB_PARTIALS; k++) {
        frame->partial[k] = sqrtf(2 * frame->partial[k] * scale);
    }
    for (int i = 0; i < TB_BANDS; i++) {
        frame->band[i] *= scale;
    }
}

float frame_power(const TbFrame *frame) {
    float tonal = 0, noise = 0;
    for (int k = 0; k < TB_HARMONICS; k++) {
        tonal += frame->harmonic[k] * frame->harmonic[k] / 2;
    }
    for (int k = 0; k < TB_PARTIALS; k++) {
        tonal += frame->partial[k] * frame->partial[k] / 2;
    }
    for (int i = 0; i < TB_BANDS; i++) {
        noise += frame->band[i];
    }
    return tonal + noise * mean_gain(frame->gain);
}
