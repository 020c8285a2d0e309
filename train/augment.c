// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/augment.h"
#include "synth/synth.h"

#include <math.h>

enum { COSINES = 3 };
#define TILT_DB 2.0f    /* per octave at most */
#define RIPPLE_DB 6.0f  /* of each cosine at most */
#define BALANCE_DB 8.0f /* noise against tone */
#define OCTAVES 10.0f   /* 20 Hz .. 20 kHz */

typedef struct {
    float tilt, height[COSINES], place[COSINES];
} Equaliser;

static float symmetric(TbRng *rng) {
    return 2 * tb_rng_uniform(rng) - 1;
}

/* Gain in levels (dB / 100) at a frequency given in octaves over 20 Hz. */
static float gain_at(const Equaliser *e, float octave) {
    float db = e->tilt * (octave - OCTAVES / 2);
    for (int i = 0; i < COSINES; i++) {
        db += e->height[i] * cosf(3.14159265f * ((float)(i + 1) * octave / OCTAVES + e->place[i]));
    }
    return db / 100;
}

static float shifted(float level, float by) {
    return level > 0 ? fmaxf(level + by, 0) : 0;
}
static float power(float level) {
    return level > 0 ? exp2f((level - 1) * 33.2192809f) : 0;
}

void augment_frame(float *x, float *target, const float *condition, double strength, TbRng *rng) {
    Equaliser e;
    float s = (float)strength, sum = 0;
    e.tilt = TILT_DB * s * symmetric(rng);
    for (int i = 0; i < COSINES; i++) {
        e.height[i] = RIPPLE_DB * s * symmetric(rng) / (float)(i + 1);
        e.place[i] = symmetric(rng);
    }
    float balance = BALANCE_DB * s * symmetric(rng) / 100;
    float base = log2f(220.0f / 20) + 3 * condition[0];
    for (int k = 0; k < TB_HARMONICS; k++) {
        float *v = &target[TB_FEATURE_HARMONIC + k];
        *v = shifted(*v, *v > 0 ? gain_at(&e, base + log2f((float)(k + 1))) : 0);
        sum += power(*v);
    }
    for (int k = 0; k < TB_PARTIALS; k++) {
        float *v = &target[TB_FEATURE_PARTIAL + k];
        float octave = base - 2 + 6.58496250f * (float)k / (TB_PARTIALS - 1);
        *v = shifted(*v, *v > 0 ? gain_at(&e, octave) : 0);
        sum += power(*v);
    }
    for (int k = 0; k < TB_BANDS; k++) {
        float *v = &target[TB_FEATURE_BAND + k];
        *v = shifted(*v, gain_at(&e, log2f(tb_band_hz(k) / 20)) + balance);
        sum += power(*v);
    }
    float level = -log10f(fmaxf(sum, 1e-9f)) / 10; /* back to the same total power */
    for (int i = 0; i < TB_FEATURE_GAIN; i++) {
        if (i < TB_FEATURE_RATIO || i >= TB_FEATURE_BAND) {
            target[i] = fminf(shifted(target[i], level), 1.15f);
            x[i] = target[i];
        }
    }
}
