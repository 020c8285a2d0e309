/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Masking thresholds: a component is inaudible if it is far below the rest of its ERB band, or far below the loudest
 * frame of the sound. */
#include "synth/internal.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define HIGHEST_HZ 20000.0f
#define MASKED_DB 9.0f /* below the rest of the band */
#define QUIET_DB 80.0f /* below the loudest frame */
#define NEVER 2.0f     /* an unreachable level: always masked */

/* Table of band positions over frequency, 128 per octave, indexed by a float's exponent and upper seven mantissa bits.
 */
enum { MANTISSA = 16, FIRST = 0x41a00000 >> MANTISSA /* 20 Hz */, STEPS = 10 * 128 };
enum { TONES = TB_HARMONICS + TB_PARTIALS };

static struct {
    uint8_t band[STEPS];
    float weight[STEPS];
    float ratio[TB_PARTIALS];
} table;

static void fill_table(void) {
    for (int i = 0; i < STEPS; i++) {
        uint32_t bits = ((uint32_t)(FIRST + i) << MANTISSA) + (1u << (MANTISSA - 1));
        float hz, w;
        int band;
        memcpy(&hz, &bits, sizeof hz);
        tbi_band_position((double)hz, &band, &w);
        table.band[i] = (uint8_t)band;
        table.weight[i] = w;
    }
    for (int k = 0; k < TB_PARTIALS; k++)
        table.ratio[k] = exp2f(tbi_slot_ratio(k));
}

static int step_of(float hz) {
    uint32_t bits;
    memcpy(&bits, &hz, sizeof bits);
    return (int)clampl((long)(bits >> MANTISSA) - FIRST, 0, STEPS - 1);
}

static float power_of_level(float level) {
    return level > 0 ? exp2f((level - 1) * 33.2192809f) : 0;
}

/* Threshold from the power of all other components in the band and the threshold in quiet. */
static float threshold_level(float other, float quiet) {
    float masked = other > 1e-10f ? 1 + log2f(other) * 0.0301029996f - MASKED_DB / 100 : 0;
    return masked > quiet ? masked : quiet;
}

void tb_masking_threshold(const float *x, const float *condition, float below, float *threshold) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    float total[TB_BANDS], noise[TB_BANDS], power[TONES];
    int step[TONES], sounding = 0;
    pthread_once(&once, fill_table);
    float f0 = 220 * exp2f(3 * condition[0]), b = exp2f(3.32192809f * (3 * x[TB_FEATURE_INHARMONICITY] - 5)) - 1e-5f;
    float quiet = fmaxf(0, 1 - (QUIET_DB - below) / 100);
    b = b > 0 ? b : 0;
    for (int i = 0; i < TB_BANDS; i++)
        total[i] = noise[i] = power_of_level(x[TB_FEATURE_BAND + i]);
    for (int k = 0; k < TONES; k++) {
        float n = (float)(k + 1),
              hz = f0 * (k < TB_HARMONICS ? n * sqrtf(1 + b * n * n) : table.ratio[k - TB_HARMONICS]);
        if (k < TB_HARMONICS && !(hz < HIGHEST_HZ))
            continue;
        sounding += k < TB_HARMONICS;
        step[k] = step_of(hz);
        power[k] = power_of_level(x[k]);
        float *t = total + table.band[step[k]], w = table.weight[step[k]];
        t[0] += (1 - w) * power[k];
        t[1] += w * power[k];
    }
    for (int i = 0; i < TB_FEATURES; i++)
        threshold[i] = i < TB_HARMONICS && i >= sounding ? NEVER : 0;
    for (int k = 0; k < TONES; k++) {
        if (k < sounding || k >= TB_HARMONICS) {
            const float *t = total + table.band[step[k]], w = table.weight[step[k]];
            float own = ((1 - w) * (1 - w) + w * w) * power[k];
            threshold[k] = threshold_level(t[0] + w * (t[1] - t[0]) - own, quiet);
        }
    }
    for (int i = 0; i < TB_BANDS; i++)
        threshold[TB_FEATURE_BAND + i] = threshold_level(total[i] - noise[i], quiet);
}
