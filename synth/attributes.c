/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perceptual attributes of a note. Where the meaning allows it, the effects of pitch and of other attributes are
 * subtracted to decorrelate them; the coefficients are regressions over 600 notes of 128 instruments. */
#include "audio/erb.h"
#include "synth/envelope.h"
#include "synth/internal.h"

#include <math.h>

/* Ranges: percentiles 1, 50 and 99 of 700 notes and drums, rounded. */
static const TbAttributeInfo infos[TB_ATTRIBUTES] = {
    [TB_BRIGHTNESS] = {"brightness", "Hz", "dark", "bright", 8, 15, 25},
    [TB_NOISINESS] = {"noisiness", "dB", "pure", "noisy", -60, -33, 30},
    [TB_ATTACK] = {"attack", "ms", "sudden", "slow", 0.5f, 4.7f, 10.5f},
    [TB_DECAY] = {"decay", "dB/s", "sustained", "short-lived", -1, 0.6f, 4.5f},
    [TB_HOLLOWNESS] = {"hollowness", "dB", "full", "hollow", -22, 0, 22},
    [TB_WARMTH] = {"warmth", "dB", "thin", "warm", -20, 0, 25},
    [TB_MOVEMENT] = {"movement", "dB", "still", "lively", -4, 1.7f, 3.5f},
};

#define DECAY_UNIT 6.0f      /* dB/s: asinh is about linear below this and logarithmic above */
#define FASTEST_SWELL -60.0f /* dB/s */
#define FASTEST_DECAY 1000.0f
#define LEAST_ATTACK_MS 1.0f /* the frames resolve no less */
#define MOST_ATTACK_MS 4000.0f
#define LEAST_MOVEMENT 0.0625f /* dB */
#define NOISE_FLOOR_DB -60.0f
#define NOISE_TOP_DB 30.0f

enum { LOW_HARMONICS = 4, MID_HARMONICS = 11, ODD_EVEN_TOP = 12 };
#define LOW_TOP 4.5f  /* upper end of the low range, in units of f0 */
#define MID_TOP 11.5f /* upper end of the middle range */
#define WARMTH_RANGE 1e-4f
#define WARMTH_MOST 40.0f
#define HOLLOW_PRIOR 0.1f /* prior weight of 0 dB: shrinks the estimate if the harmonics are weak */
#define HOLLOW_MOST_DB 30.0f

#define ERB_PER_BAND 0.6488f
#define ERB_LOWEST 0.7787f         /* of 20 Hz */
#define ERB_REFERENCE 7.0853f      /* of middle C */
#define BRIGHTNESS_PER_PITCH 0.80f /* ERB of centroid per ERB of pitch */
#define REFERENCE_BRIGHTNESS 15.0f
#define REFERENCE_WARMTH 15.4f       /* dB: mean of notes of that brightness at middle C */
#define WARMTH_PER_BRIGHTNESS -2.52f /* dB per ERB */
#define WARMTH_PER_PITCH 1.12f

const TbAttributeInfo *tb_attribute_info(int attribute) {
    return &infos[attribute >= 0 && attribute < TB_ATTRIBUTES ? attribute : 0];
}

float tb_attribute_display(int attribute, float value) {
    return attribute == TB_BRIGHTNESS                           ? tbi_erb_hzf(value)
           : attribute == TB_ATTACK || attribute == TB_MOVEMENT ? exp2f(value)
           : attribute == TB_DECAY                              ? DECAY_UNIT * sinhf(value)
                                                                : value;
}

/* Loudness-weighted sums over the frames. */
typedef struct {
    double centroid, pitch, hollowness, warmth; /* over all frames */
    double weight;                              /* sum of the weights */
    double noisiness, held;                     /* over the frames in which the note is held; sum of their weights */
} Sums;

/* Position among the noise bands, clamped for frequencies outside 0 .. Nyquist. */
static void clamped_band_position(float hz, int *b, float *w) {
    tbi_band_position((double)fminf(fmaxf(hz, 0), TB_RATE / 2), b, w);
}

static float partial_hz(const TbFrame *f, int k) {
    float n = (float)(k + 1);
    return k < TB_HARMONICS ? f->f0 * n * sqrtf(1 + f->inharmonicity * n * n)
                            : f->f0 * exp2f(f->ratio[k - TB_HARMONICS]);
}

/* Total power in each ERB band: power[TB_BANDS]. `gain` is the gain of the noise. */
static void erb_spectrum(const TbFrame *f, float gain, float *power) {
    for (int b = 0; b < TB_BANDS; b++)
        power[b] = f->band[b] * gain;
    for (int k = 0; k < TB_HARMONICS + TB_PARTIALS; k++) {
        float a = k < TB_HARMONICS ? f->harmonic[k] : f->partial[k - TB_HARMONICS], w;
        int b;
        if (a > 0) {
            clamped_band_position(partial_hz(f, k), &b, &w);
            power[b] += (1 - w) * a * a / 2;
            power[b + 1] += w * a * a / 2;
        }
    }
}

/* Centroid of loudness on the ERB-rate scale, in ERB. Loudness rather than power, because high components at -20 dB
 * still make a sound bright. */
static float centroid(const float *power) {
    float most = 1e-30f;
    double sum = 1e-30, moment = 0;
    for (int b = 0; b < TB_BANDS; b++)
        most = fmaxf(most, power[b]);
    float threshold = sqrtf(sqrtf(most * powf(10, -AUDIBLE_DB / 10)));
    for (int b = 0; b < TB_BANDS; b++) {
        float loudness = fmaxf(sqrtf(sqrtf(power[b])) - threshold, 0);
        sum += loudness;
        moment += (double)loudness * b;
    }
    return ERB_LOWEST + ERB_PER_BAND * (float)(moment / sum);
}

/* Level in dB of harmonics 1 .. 4 relative to harmonics 5 .. 11, with the partials and noise in the same ranges. */
static float low_over_mid(const TbFrame *f, float gain) {
    float low = 0, mid = 0;
    for (int k = 0; k < MID_HARMONICS; k++)
        *(k < LOW_HARMONICS ? &low : &mid) += f->harmonic[k] * f->harmonic[k] / 2;
    for (int k = 0; k < TB_PARTIALS; k++) {
        float ratio = exp2f(f->ratio[k]);
        *(ratio < LOW_TOP ? &low : &mid) += ratio < MID_TOP ? f->partial[k] * f->partial[k] / 2 : 0;
    }
    float end[2], w;
    for (int i = 0, b; i < 2; i++) {
        clamped_band_position(f->f0 * (i ? MID_TOP : LOW_TOP), &b, &w);
        end[i] = (float)b + w + 0.5f; /* bands 0 .. end - 1, the last one partially */
    }
    for (int b = 0; b < TB_BANDS; b++) {
        float below = clampf(end[0] - (float)b, 0, 1), within = clampf(end[1] - (float)b, 0, 1) - below;
        low += below * f->band[b] * gain;
        mid += within * f->band[b] * gain;
    }
    return 10 * log10f((low + WARMTH_RANGE * mid + 1e-30f) / (mid + WARMTH_RANGE * low + 1e-30f));
}

/* By how many dB even harmonics are below the line between their odd neighbours. The line is in level over log
 * frequency, where a spectral tilt is straight. The weight of each triple is the loudness of its second loudest
 * harmonic, because one alone shows nothing. */
static float odd_over_even(const TbFrame *f) {
    float level[ODD_EVEN_TOP + 1], most = 1e-20f, sum = 0, weight = 0;
    for (int k = 0; k <= ODD_EVEN_TOP; k++)
        most = fmaxf(most, f->harmonic[k]);
    for (int k = 0; k <= ODD_EVEN_TOP; k++)
        level[k] = fmaxf(20 * log10f(f->harmonic[k] / most + 1e-10f), -AUDIBLE_DB);
    for (int k = 2; k <= ODD_EVEN_TOP; k += 2) {
        float below = level[k - 2], even = level[k - 1], above = level[k], n = (float)k;
        float at = logf(n / (n - 1)) / logf((n + 1) / (n - 1));
        float second = fmaxf(fminf(even, fmaxf(below, above)), fminf(below, above));
        float w = powf(10, 0.03f * second) - powf(10, -0.03f * AUDIBLE_DB);
        sum += w * clampf(below + at * (above - below) - even, -HOLLOW_MOST_DB, HOLLOW_MOST_DB);
        weight += w;
    }
    return sum / (weight + HOLLOW_PRIOR);
}

static void add_frame(const TbFrame *f, float loudness, bool held, Sums *s) {
    float power[TB_BANDS], w, gain = tbi_noise_gain(f);
    float tone = tbi_tonal_power(f), noise = tbi_noise_power(f), share = tone / (tone + noise + 1e-30f);
    int b;
    erb_spectrum(f, gain, power);
    clamped_band_position(f->f0, &b, &w);
    s->weight += loudness;
    s->centroid += loudness * centroid(power);
    s->pitch += loudness * share * (ERB_LOWEST + ERB_PER_BAND * ((float)b + w) - ERB_REFERENCE);
    s->warmth += loudness * low_over_mid(f, gain);
    s->hollowness += loudness * share * odd_over_even(f);
    if (held) {
        float ratio = 10 * log10f((noise + 1e-30f) / (tone + 1e-30f));
        s->held += loudness;
        s->noisiness += loudness * clampf(ratio, NOISE_FLOOR_DB, NOISE_TOP_DB);
    }
}

static TbStatus measure(const TbNote *note, const Envelope *e, float *value) {
    float movement;
    TbStatus status = tbi_modulation_depth(note, e, &movement);
    if (status)
        return status;
    Sums s = {.weight = 1e-30, .held = 1e-30};
    for (size_t t = 0; t < e->n; t++)
        if (e->loudness[t] > 0)
            add_frame(&note->frames[t], e->loudness[t], t >= e->from && t < e->to, &s);
    float pitch = (float)(s.pitch / s.weight), bright = (float)(s.centroid / s.weight) - BRIGHTNESS_PER_PITCH * pitch;
    float expected =
        REFERENCE_WARMTH + WARMTH_PER_BRIGHTNESS * (bright - REFERENCE_BRIGHTNESS) + WARMTH_PER_PITCH * pitch;
    value[TB_BRIGHTNESS] = bright;
    value[TB_NOISINESS] = (float)(s.noisiness / s.held);
    value[TB_ATTACK] = log2f(clampf(1000 * e->attack, LEAST_ATTACK_MS, MOST_ATTACK_MS));
    value[TB_DECAY] = asinhf(clampf(-e->slope, FASTEST_SWELL, FASTEST_DECAY) / DECAY_UNIT);
    value[TB_HOLLOWNESS] = (float)(s.hollowness / s.weight);
    value[TB_WARMTH] = clampf((float)(s.warmth / s.weight) - expected, -WARMTH_MOST, WARMTH_MOST);
    value[TB_MOVEMENT] = log2f(fmaxf(movement, LEAST_MOVEMENT));
    return TB_OK;
}

TbStatus tb_note_attributes(const TbNote *note, float *value) {
    Envelope envelope;
    bool audible;
    TbStatus status = tbi_envelope_new(note, &envelope, &audible);
    if (status == TB_OK && audible) {
        status = measure(note, &envelope, value);
        tbi_envelope_free(&envelope);
    }
    for (int i = 0; status == TB_OK && i < TB_ATTRIBUTES; i++) /* silence or invalid frames: defaults */
        value[i] = audible && isfinite(value[i]) ? value[i] : infos[i].default_value;
    return status;
}
