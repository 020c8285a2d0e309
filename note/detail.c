/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "note/detail.h"

#include <math.h>

/* Value = offset + byte / steps. Levels in steps of 0.45 dB: an RMS error of 0.13 dB, far below audibility. */
typedef struct {
    float offset, steps;
} Scale;

static Scale scale_of(int column) {
    if (column >= TB_FEATURE_RATIO && column < TB_FEATURE_BAND)
        return (Scale){-2, 63}; /* slot widths */
    if (column >= TB_FEATURE_GAIN && column < TB_FEATURE_INHARMONICITY)
        return (Scale){-1.5f, 105}; /* units of 20 dB */
    return (Scale){0, 220};
}

static uint8_t to_byte(float v) {
    return (uint8_t)lrintf(v < 0 ? 0 : v > 255 ? 255 : v);
}

void tbi_detail_pack(const float *x, uint8_t *detail) {
    for (int i = 0; i < TB_FEATURES; i++) {
        Scale s = scale_of(i);
        detail[i] = to_byte((x[i] - s.offset) * s.steps);
    }
}

void tbi_detail_unpack(const uint8_t *detail, float *x) {
    for (int i = 0; i < TB_FEATURES; i++) {
        Scale s = scale_of(i);
        x[i] = s.offset + (float)detail[i] / s.steps;
    }
}

static uint8_t turn_to_byte(float turns) {
    return (uint8_t)((int)lrintf(turns * 256) & 255);
}

void tbi_phases_pack(const TbPhases *phases, uint8_t *detail) {
    for (int k = 0; k < TB_HARMONICS; k++)
        detail[k] = turn_to_byte(phases->harmonic[k]);
    for (int k = 0; k < TB_PARTIALS; k++)
        detail[TB_HARMONICS + k] = turn_to_byte(phases->partial[k]);
}

void tbi_phases_unpack(const uint8_t *detail, TbPhases *phases) {
    for (int k = 0; k < TB_HARMONICS; k++)
        phases->harmonic[k] = (float)detail[k] / 256;
    for (int k = 0; k < TB_PARTIALS; k++)
        phases->partial[k] = (float)detail[TB_HARMONICS + k] / 256;
}
