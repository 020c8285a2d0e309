/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversion of frames to feature vectors and back, the same functions in training and in playback. */
#include "base/cpu.h"
#include "synth/simd.h"

#include <math.h>
#include <string.h>

#define RANGE_DB 100.0f
#define LEVEL_MAX 1.15f
#define LEVEL_SILENT 0.02f /* decoded levels below this are silent */
#define GAIN_UNIT_DB 20.0f
#define GAIN_FLAT_DB 3.0f
#define AUDIBLE_HZ 20000.0f

static const float grid_low = -2.0f, grid_high = 4.58496250072f; /* log2 of 0.25 and 24 */

float tbi_slot_width(void) {
    return (grid_high - grid_low) / (TB_PARTIALS - 1);
}
float tbi_slot_ratio(int slot) {
    return grid_low + tbi_slot_width() * (float)slot;
}

static float level(float power, float total) {
    return clampf((10 * log10f(power / total + 1e-12f) + RANGE_DB) / RANGE_DB, 0, LEVEL_MAX);
}

/* 2^x for -100 < x < 100 with relative error 2e-7: 2^n from exponent bits, times the Taylor series of 2^f, |f| <= 1/2.
 */
static inline __attribute__((always_inline)) float power_of_two(float x) {
    const float round = 12582912.0f; /* 1.5 * 2^23: adding and subtracting it rounds to an integer */
    float n = x + round - round, f = (x - n) * 0.69314718f;
    float y = 1 + f * (1 + f * (1.0f / 2 + f * (1.0f / 6 + f * (1.0f / 24 + f * (1.0f / 120 + f * (1.0f / 720))))));
    union {
        int32_t i;
        float f;
    } scale = {.i = ((int32_t)n + 127) * (1 << 23)};
    return y * scale.f;
}

/* Converts n levels to relative powers. */
TB_MULTIVERSION
static void powers_of(const float *restrict level, int n, float *restrict power) {
    const float per_level = 3.32192809f * RANGE_DB / 10; /* octaves */
    for (int k = 0; k < n; k++) {
        float l = level[k] < 1.1f ? level[k] : 1.1f, v = power_of_two(((l > 0 ? l : 0) - 1) * per_level);
        power[k] = l > LEVEL_SILENT ? v : 0;
    }
}

TB_MULTIVERSION
static void amplitudes_of(float *power, int n, float scale) {
    for (int k = 0; k < n; k++)
        power[k] = sqrtf(2 * power[k] * scale);
}

TB_MULTIVERSION
static void silence_inaudible(TbFrame *frame) {
    for (int k = 0; k < TB_HARMONICS; k++) {
        float n = (float)(k + 1);
        bool sounds = frame->f0 * n * sqrtf(1 + frame->inharmonicity * n * n) < AUDIBLE_HZ;
        frame->harmonic[k] = sounds ? frame->harmonic[k] : 0;
    }
}

static float mean_gain(const float *gain_db) {
    float sum = 0;
    for (int s = 0; s < TB_GAINS; s++)
        sum += powf(10, gain_db[s] / 10);
    return sum / TB_GAINS;
}

void tb_frame_to_features(const TbFrame *frame, float *x) {
    float p = fmaxf(frame->power, 1e-12f);
    for (int k = 0; k < TB_HARMONICS; k++)
        x[TB_FEATURE_HARMONIC + k] = level(frame->harmonic[k] * frame->harmonic[k] / 2, p);
    for (int k = 0; k < TB_PARTIALS; k++) {
        x[TB_FEATURE_PARTIAL + k] = level(frame->partial[k] * frame->partial[k] / 2, p);
        x[TB_FEATURE_RATIO + k] = clampf((frame->ratio[k] - tbi_slot_ratio(k)) / tbi_slot_width(), -2, 2);
    }
    for (int b = 0; b < TB_BANDS; b++)
        x[TB_FEATURE_BAND + b] = level(frame->band[b], p);
    for (int s = 0; s < TB_GAINS; s++)
        x[TB_FEATURE_GAIN + s] = clampf(frame->gain[s], -30, 18) / GAIN_UNIT_DB;
    x[TB_FEATURE_INHARMONICITY] = (log10f(frame->inharmonicity + 1e-5f) + 5) / 3;
}

void tb_frame_to_condition(const TbFrame *frame, float *c) {
    c[0] = log2f(fmaxf(frame->f0, 10) / 220) / 3;
    c[1] = 10 * log10f(fmaxf(frame->power, 1e-12f)) / 40 + 1;
}

void tb_features_to_frame(const float *x, TbFrame *frame) {
    bool flat = true;
    float b = powf(10, x[TB_FEATURE_INHARMONICITY] * 3 - 5) - 1e-5f;
    frame->inharmonicity = b > 3e-6f ? fminf(b, 0.05f) : 0;
    for (int s = 0; s < TB_GAINS; s++) {
        frame->gain[s] = clampf(x[TB_FEATURE_GAIN + s] * GAIN_UNIT_DB, -30, 18);
        flat = flat && fabsf(frame->gain[s]) < GAIN_FLAT_DB;
    }
    if (flat)
        memset(frame->gain, 0, sizeof frame->gain);
    powers_of(x + TB_FEATURE_HARMONIC, TB_HARMONICS, frame->harmonic);
    powers_of(x + TB_FEATURE_PARTIAL, TB_PARTIALS, frame->partial);
    powers_of(x + TB_FEATURE_BAND, TB_BANDS, frame->band);
    silence_inaudible(frame);
    for (int k = 0; k < TB_PARTIALS; k++)
        frame->ratio[k] = tbi_slot_ratio(k) + clampf(x[TB_FEATURE_RATIO + k], -2, 2) * tbi_slot_width();
    float tonal = sum_of(frame->harmonic, TB_HARMONICS) + sum_of(frame->partial, TB_PARTIALS);
    float noise = sum_of(frame->band, TB_BANDS) * (flat ? 1 : mean_gain(frame->gain));
    float scale = frame->power / fmaxf(tonal + noise, 1e-9f);
    amplitudes_of(frame->harmonic, TB_HARMONICS, scale);
    amplitudes_of(frame->partial, TB_PARTIALS, scale);
    for (int i = 0; i < TB_BANDS; i++)
        frame->band[i] *= scale;
}

float tbi_frame_power(const TbFrame *frame) {
    float tonal = 0, noise = 0;
    for (int k = 0; k < TB_HARMONICS; k++)
        tonal += frame->harmonic[k] * frame->harmonic[k] / 2;
    for (int k = 0; k < TB_PARTIALS; k++)
        tonal += frame->partial[k] * frame->partial[k] / 2;
    for (int i = 0; i < TB_BANDS; i++)
        noise += frame->band[i];
    return tonal + noise * mean_gain(frame->gain);
}
