/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/augment.h"
#include "timbrel/synth.h"

#include <math.h>
#include <pthread.h>

enum { COSINES = 3 };
#define TILT_DB 2.0f    /* per octave, maximum */
#define RIPPLE_DB 6.0f  /* per cosine, maximum */
#define BALANCE_DB 8.0f /* noise relative to tone */
#define SEMITONES 2.0f  /* up or down, maximum */
#define LOUDNESS_DB 4.0f
#define OCTAVES 10.0f /* 20 Hz .. 20 kHz */

typedef struct {
    float tilt, height[COSINES], place[COSINES];
} Equaliser;

static float symmetric(TbRng *rng) {
    return 2 * tb_rng_uniform(rng) - 1;
}

/* The curve is tabulated at quarter octaves: cosines for every partial would cost more than the network. */
enum { POINTS = 4 * (int)OCTAVES + 2 };

static void draw_curve(const Equaliser *e, float *curve) {
    for (int j = 0; j < POINTS; j++) {
        float octave = (float)j / 4, db = e->tilt * (octave - OCTAVES / 2);
        for (int i = 0; i < COSINES; i++)
            db += e->height[i] * cosf(3.14159265f * ((float)(i + 1) * octave / OCTAVES + e->place[i]));
        curve[j] = db / 100;
    }
}

/* Gain in levels (dB / 100) at a frequency in octaves above 20 Hz. */
static float gain_at(const float *curve, float octave) {
    float p = octave < 0 ? 0 : octave > OCTAVES ? 4 * OCTAVES : 4 * octave;
    int j = (int)p;
    return curve[j] + (p - (float)j) * (curve[j + 1] - curve[j]);
}

static float shifted(float level, float by) {
    return level > 0 ? fmaxf(level + by, 0) : 0;
}
static float power(float level) {
    return level > 0 ? exp2f((level - 1) * 33.2192809f) : 0;
}

/* log2 of harmonic number, and of the bands' frequency over 20 Hz. */
static float harmonic_octave[TB_HARMONICS], band_octave[TB_BANDS];

static void fill_tables(void) {
    for (int k = 0; k < TB_HARMONICS; k++)
        harmonic_octave[k] = log2f((float)(k + 1));
    for (int k = 0; k < TB_BANDS; k++)
        band_octave[k] = log2f(tb_band_hz(k) / 20);
}

static void augment_condition(float *x, float *condition, float strength, TbRng *rng) {
    float semitones = SEMITONES * strength * symmetric(rng), db = LOUDNESS_DB * strength * symmetric(rng);
    bool pitched = fabsf(condition[0] - log2f(TB_BASE_F0 / 220) / 3) > 1e-3f;
    condition[0] += pitched ? semitones / 12 / 3 : 0;
    condition[1] += db / 40;
    for (int i = 0; i < TB_CONDITIONS; i++)
        x[TB_FEATURES + i] = condition[i];
}

void tbi_augment_frame(float *x, float *target, float *condition, double strength, TbRng *rng) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    Equaliser e;
    float curve[POINTS];
    pthread_once(&once, fill_tables);
    float s = (float)strength, sum = 0;
    augment_condition(x, condition, s, rng);
    e.tilt = TILT_DB * s * symmetric(rng);
    for (int i = 0; i < COSINES; i++) {
        e.height[i] = RIPPLE_DB * s * symmetric(rng) / (float)(i + 1);
        e.place[i] = symmetric(rng);
    }
    draw_curve(&e, curve);
    float gain = 0; /* of the noise, mean over the sub-frames */
    for (int i = 0; i < TB_GAINS; i++)
        gain += exp2f(2 * 3.32192809f * target[TB_FEATURE_GAIN + i]) / TB_GAINS;
    float balance = BALANCE_DB * s * symmetric(rng) / 100;
    float base = log2f(220.0f / 20) + 3 * condition[0];
    for (int k = 0; k < TB_HARMONICS; k++) {
        float *v = &target[TB_FEATURE_HARMONIC + k];
        *v = shifted(*v, *v > 0 ? gain_at(curve, base + harmonic_octave[k]) : 0);
        sum += power(*v);
    }
    for (int k = 0; k < TB_PARTIALS; k++) {
        float *v = &target[TB_FEATURE_PARTIAL + k];
        float octave = base - 2 + 6.58496250f * (float)k / (TB_PARTIALS - 1);
        *v = shifted(*v, *v > 0 ? gain_at(curve, octave) : 0);
        sum += power(*v);
    }
    for (int k = 0; k < TB_BANDS; k++) {
        float *v = &target[TB_FEATURE_BAND + k];
        *v = shifted(*v, gain_at(curve, band_octave[k]) + balance);
        sum += gain * power(*v);
    }
    float level = -log10f(fmaxf(sum, 1e-9f)) / 10; /* restores the total power */
    for (int i = 0; i < TB_FEATURE_GAIN; i++) {
        if (i < TB_FEATURE_RATIO || i >= TB_FEATURE_BAND) {
            target[i] = fminf(shifted(target[i], level), 1.15f);
            x[i] = target[i];
        }
    }
}
