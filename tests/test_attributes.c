/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perceptual attributes of synthetic sounds with known values, and of degenerate notes. */
#include "tests/run_tests.h"
#include "timbrel/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTACK_TOLERANCE 0.15
#define WINDOW_MS 3.5 /* lengthening of fast attacks by the analysis window */
#define DECAY_TOLERANCE 0.05
#define SUSTAINED_DB_PER_S 0.5
#define NOISE_DB 1.5
#define MOVEMENT_TOLERANCE 0.15
#define STILL_DB 0.3
/* Maximum change, as a share of the attribute's range, when pitch, level or another attribute changes. */
#define PITCH_SHARE 0.12
#define LEVEL_SHARE 0.01
#define OTHER_SHARE 0.06
#define CLEARLY 0.15 /* minimum change, as a share of the range, of the attribute under test */
#define HALF_PI 1.57079632679
#define PI 3.14159265358979

enum { RATE = 44100, MOST_HARMONICS = 60 };

/* A note held for two seconds with a release of half a second, like those that models are trained on. */
typedef struct {
    double hz;
    double slope;            /* harmonic k has amplitude k^-slope ... */
    double body, even, high; /* ... plus these dB for harmonics 1 .. 4, even ones, and those above 11 */
    int harmonics;
    double attack;                 /* s: linear rise from silence */
    double decay;                  /* dB/s */
    double tremolo, vibrato, rate; /* peak deviation in dB and cents; Hz */
    double glide;                  /* cents by which the pitch falls at the onset, like a drum's */
    double noise;                  /* dB relative to the tone; 0: none */
    double level;                  /* dB */
} Tone;

static const Tone plain = {.hz = 220, .slope = 1, .harmonics = 30, .attack = 0.02, .rate = 6};

static double gain_of(double db) {
    return pow(10, db / 20);
}

static double harmonic_gain(const Tone *tone, int k) {
    return gain_of((k <= 4 ? tone->body : 0) + (k % 2 ? 0 : tone->even) + (k > 11 ? tone->high : 0)) *
           pow(k, -tone->slope);
}

static double envelope_of(const Tone *tone, double t) {
    double rise = tone->attack > 0 ? fmin(t / tone->attack, 1) : 1, release = t > 2 ? fmax(1 - (t - 2) / 0.5, 0) : 1;
    return rise * release * release * gain_of(-tone->decay * t + tone->tremolo * sin(2 * PI * tone->rate * t));
}

static void play(const Tone *tone, float *x, size_t n) {
    double phase = 0, power = 0;
    TbRng rng;
    tb_rng_seed(&rng, 3);
    for (int k = 1; k <= tone->harmonics; k++)
        power += harmonic_gain(tone, k) * harmonic_gain(tone, k) / 2;
    double scale = 0.1 / sqrt(power) * gain_of(tone->level), noise = tone->noise != 0 ? 0.1 * gain_of(tone->noise) : 0;
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / RATE, cents = tone->vibrato * sin(2 * PI * tone->rate * t) + tone->glide * exp(-t / 0.1),
               sum = 0;
        phase += 2 * PI * tone->hz * pow(2, cents / 1200) / RATE;
        for (int k = 1; k <= tone->harmonics && tone->hz * k < 20000; k++)
            sum += harmonic_gain(tone, k) * sin(k * phase + k * k * HALF_PI);
        x[i] = (float)(envelope_of(tone, t) * (scale * sum + noise * tb_rng_normal(&rng)));
    }
}

static void measure_audio(float *x, size_t n, float *value) {
    TbAudio audio = {x, n, RATE};
    TbAnalysisOptions options = {.size = sizeof(TbAnalysisOptions), .single_note = true};
    TbAnalysis analysis;
    assert_int_equal(tb_analyze(&audio, &options, NULL, NULL, &analysis), TB_OK);
    assert_int_equal(analysis.n_notes, 1);
    assert_int_equal(tb_note_attributes(&analysis.notes[0], value), TB_OK);
    tb_analysis_free(&analysis);
}

static void measure(const Tone *tone, float *value) {
    size_t n = (size_t)(2.5 * RATE);
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    play(tone, x, n);
    measure_audio(x, n, value);
    free(x);
}

static double shown(const float *value, int attribute) {
    return tb_attribute_display(attribute, value[attribute]);
}

static double share_of_range(const float *a, const float *b, int attribute) {
    const TbAttributeInfo *info = tb_attribute_info(attribute);
    return (b[attribute] - a[attribute]) / (info->max - info->min);
}

static void check(const char *what, double found, double wanted, double tolerance) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("%s: %.3f, not %.3f +- %.3f", what, found, wanted, tolerance);
}

/* Checks that one attribute rises clearly from a to b, and that all others but those in the set `may` do not change. */
static void check_rises_alone(const float *a, const float *b, int attribute, unsigned may) {
    for (int i = 0; i < TB_ATTRIBUTES; i++) {
        double share = share_of_range(a, b, i);
        if (i == attribute ? share < CLEARLY : !(may >> i & 1) && fabs(share) > OTHER_SHARE) {
            fail_msg("%s: %.2f of its range where %s is meant", tb_attribute_info(i)->name, share,
                     tb_attribute_info(attribute)->name);
        }
    }
}

/* With analysis, which does not resolve attacks shorter than its window. */
static void test_attack(void **state) {
    (void)state;
    static const double ms[] = {0, 2, 5, 10, 20, 50, 200};
    double last = 0;
    for (int i = 0; i < 7; i++) {
        Tone tone = plain;
        float value[TB_ATTRIBUTES];
        tone.attack = ms[i] / 1000 / 0.8; /* 10 to 90 % of a linear rise */
        measure(&tone, value);
        double found = shown(value, TB_ATTACK), tolerance = ATTACK_TOLERANCE * ms[i];
        check("attack", found, ms[i], ms[i] < 50 ? tolerance + WINDOW_MS : tolerance);
        if (ms[i] / 1000 > TB_HOP) /* a linear rise between two frames cannot be told from a faster one */
            assert_true(found > 1.2 * last);
        check("decay of a sustained tone", shown(value, TB_DECAY), 0, SUSTAINED_DB_PER_S);
        last = found;
    }
}

static double attack_of_frames(double (*amplitude_at)(double ms, double attack), double attack, bool noise) {
    enum { N = 300 };
    static TbFrame frames[N];
    float value[TB_ATTRIBUTES];
    TbNote note = {.n_frames = N, .frames = frames};
    memset(frames, 0, sizeof frames);
    for (int t = 0; t < N; t++) {
        double amplitude = amplitude_at(1000 * t * TB_HOP, attack);
        frames[t].f0 = 220;
        frames[t].harmonic[0] = noise ? 0 : (float)amplitude;
        frames[t].band[30] = noise ? (float)(amplitude * amplitude) : 0;
        frames[t].power = (float)(amplitude * amplitude / (noise ? 1 : 2));
    }
    assert_int_equal(tb_note_attributes(&note, value), TB_OK);
    return shown(value, TB_ATTACK);
}

static double linear_rise(double ms, double attack) {
    return fmin(1, 0.8 * ms / attack);
}

/* Most of it as fast as the linear rise, and the last part over one second. */
static double creeping_rise(double ms, double attack) {
    return fmin(linear_rise(ms, attack), fmin(1, 0.85 + 0.15 * ms / 1000));
}

/* From frames: exact. */
static void test_attack_of_frames(void **state) {
    (void)state;
    static const double ms[] = {5, 50, 200};
    for (int i = 0; i < 3; i++) {
        check("attack of a tone", attack_of_frames(linear_rise, ms[i], false), ms[i], ATTACK_TOLERANCE * ms[i]);
        check("attack of a noise", attack_of_frames(linear_rise, ms[i], true), ms[i], ATTACK_TOLERANCE * ms[i]);
    }
    check("attack before a swell", attack_of_frames(creeping_rise, 40, false), 40, ATTACK_TOLERANCE * 40);
}

static void test_decay(void **state) {
    (void)state;
    static const double wanted[] = {-8, 6, 20, 60}; /* negative: a swell */
    for (int i = 0; i < 4; i++) {
        Tone tone = plain;
        float value[TB_ATTRIBUTES];
        tone.attack = 0.001;
        tone.decay = wanted[i];
        measure(&tone, value);
        check("decay", shown(value, TB_DECAY), wanted[i], DECAY_TOLERANCE * fabs(wanted[i]));
        check("movement of a decay", shown(value, TB_MOVEMENT), 0, STILL_DB);
    }
}

static void test_noisiness(void **state) {
    (void)state;
    static const double wanted[] = {-30, -20, -6};
    for (int i = 0; i < 3; i++) {
        Tone tone = plain;
        float value[TB_ATTRIBUTES];
        tone.noise = wanted[i];
        measure(&tone, value);
        check("noisiness", shown(value, TB_NOISINESS), wanted[i], NOISE_DB);
    }
}

static void test_movement(void **state) {
    (void)state;
    float value[TB_ATTRIBUTES];
    Tone vibrato = plain, tremolo = plain, slow = plain, glide = plain;
    vibrato.vibrato = 50;
    measure(&vibrato, value);
    check("vibrato", shown(value, TB_MOVEMENT), 5, MOVEMENT_TOLERANCE * 5);
    tremolo.tremolo = 3;
    measure(&tremolo, value);
    check("tremolo", shown(value, TB_MOVEMENT), 3, MOVEMENT_TOLERANCE * 3);
    slow.tremolo = 3;
    slow.rate = 0.25; /* a swell, not tremolo */
    measure(&slow, value);
    check("swell", shown(value, TB_MOVEMENT), 0, STILL_DB);
    glide.glide = 200;
    measure(&glide, value);
    check("glide", shown(value, TB_MOVEMENT), 0, 2 * STILL_DB);
    measure(&plain, value);
    check("stillness", shown(value, TB_MOVEMENT), 0, STILL_DB);
}

static void test_hollowness(void **state) {
    (void)state;
    float full[TB_ATTRIBUTES], hollow[TB_ATTRIBUTES], odd[TB_ATTRIBUTES], sine[TB_ATTRIBUTES];
    Tone tone = plain;
    measure(&tone, full);
    check("hollowness of a sawtooth", shown(full, TB_HOLLOWNESS), 0, 0.5);
    tone.slope = 2; /* a spectral tilt is not hollow */
    measure(&tone, odd);
    check("hollowness of a tilt", shown(odd, TB_HOLLOWNESS), 0, 0.5);
    tone.slope = 1;
    tone.even = -10;
    measure(&tone, hollow);
    check("hollowness", shown(hollow, TB_HOLLOWNESS), 10, 1);
    check_rises_alone(full, hollow, TB_HOLLOWNESS, 0);
    tone.even = -100;
    measure(&tone, odd);
    assert_true(odd[TB_HOLLOWNESS] > hollow[TB_HOLLOWNESS] + 5);
    tone.harmonics = 1;
    measure(&tone, sine);
    check("hollowness of a sine", shown(sine, TB_HOLLOWNESS), 0, 0.5);
}

static void test_brightness(void **state) {
    (void)state;
    float last[TB_ATTRIBUTES], next[TB_ATTRIBUTES];
    Tone tone = plain;
    tone.slope = 3;
    measure(&tone, last);
    for (tone.slope = 2; tone.slope > 0; tone.slope -= 0.75) {
        measure(&tone, next);
        check_rises_alone(last, next, TB_BRIGHTNESS, 1u << TB_WARMTH);
        memcpy(last, next, sizeof last);
    }
}

/* Boosts low and high harmonics so that the brightness does not change. */
static void test_warmth_is_not_darkness(void **state) {
    (void)state;
    float thin[TB_ATTRIBUTES], warm[TB_ATTRIBUTES];
    Tone tone = plain;
    measure(&tone, thin);
    tone.body = 10;
    tone.high = 8;
    measure(&tone, warm);
    check_rises_alone(thin, warm, TB_WARMTH, 0);
}

static void test_pitch_and_level_change_little(void **state) {
    (void)state;
    static const double hz[] = {110, 440, 880};
    float here[TB_ATTRIBUTES], there[TB_ATTRIBUTES];
    Tone tone = plain;
    tone.harmonics = 16;
    tone.vibrato = 20;
    tone.decay = 10;
    tone.noise = -30;
    measure(&tone, here);
    for (int j = 0; j < 4; j++) {
        tone.hz = j < 3 ? hz[j] : plain.hz;
        tone.level = j < 3 ? 0 : -30;
        tone.noise = -30 + tone.level;
        measure(&tone, there);
        for (int i = 0; i < TB_ATTRIBUTES; i++)
            check(tb_attribute_info(i)->name, share_of_range(here, there, i), 0, j < 3 ? PITCH_SHARE : LEVEL_SHARE);
    }
}

static void test_words_and_ranges(void **state) {
    (void)state;
    for (int i = 0; i < TB_ATTRIBUTES; i++) {
        const TbAttributeInfo *info = tb_attribute_info(i);
        assert_true(strlen(info->name) > 0 && strlen(info->unit) > 0);
        assert_true(strlen(info->low) > 0 && strlen(info->high) > 0);
        assert_true(info->min < info->default_value && info->default_value < info->max);
        assert_true(tb_attribute_display(i, info->min) < tb_attribute_display(i, info->max));
    }
    static const float hz[] = {20, 261.6256f, 1000,
                               8000}; /* brightness is shown in Hz, by Moore and Glasberg's formula */
    for (int i = 0; i < 4; i++) {
        float erb = 21.4f * log10f(1 + 0.00437f * hz[i]);
        assert_true(fabsf(tb_attribute_display(TB_BRIGHTNESS, erb) / hz[i] - 1) < 1e-4f);
    }
}

/* ---- degenerate notes ---- */

enum { ODD_FRAMES = 40 };

static void check_finite(TbFrame *frames, size_t n) {
    TbNote note = {.n_frames = n, .frames = frames};
    float value[TB_ATTRIBUTES];
    for (int i = 0; i < TB_ATTRIBUTES; i++)
        value[i] = NAN;
    assert_int_equal(tb_note_attributes(&note, value), TB_OK);
    for (int i = 0; i < TB_ATTRIBUTES; i++)
        if (!isfinite(value[i]))
            fail_msg("%s of %zu frames: %g", tb_attribute_info(i)->name, n, (double)value[i]);
}

static void fill(TbFrame *frames, float f0, float harmonic, float band) {
    memset(frames, 0, ODD_FRAMES * sizeof *frames);
    for (int t = 0; t < ODD_FRAMES; t++) {
        frames[t].f0 = f0;
        frames[t].harmonic[0] = frames[t].harmonic[2] = harmonic;
        frames[t].band[30] = band;
        frames[t].power = harmonic * harmonic + band;
    }
}

static void test_degenerate_notes_are_finite(void **state) {
    (void)state;
    static const float strange[] = {NAN, INFINITY, -INFINITY, 0, -1, 1e30f, 1e-30f};
    static TbFrame frames[ODD_FRAMES];
    check_finite(NULL, 0);
    for (size_t n = 1; n <= ODD_FRAMES; n++) {
        fill(frames, 220, 0, 0); /* silence */
        check_finite(frames, n);
        fill(frames, 220, 0.1f, 0); /* no noise */
        check_finite(frames, n);
        fill(frames, TB_BASE_F0, 0, 0.01f); /* no tone */
        check_finite(frames, n);
        frames[0].power = 1; /* a single loud frame */
        check_finite(frames, n);
    }
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        for (size_t at = 0; at < sizeof(TbFrame) / sizeof(float); at++) { /* a frame consists of floats only */
            fill(frames, 220, 0.1f, 0.001f);
            memcpy((char *)&frames[at % ODD_FRAMES] + at * sizeof(float), &strange[i], sizeof(float));
            check_finite(frames, ODD_FRAMES);
        }
    }
}

static void test_a_drum(void **state) {
    (void)state;
    size_t n = RATE / 2;
    float *x = malloc(n * sizeof *x), value[TB_ATTRIBUTES];
    assert_non_null(x);
    TbRng rng;
    tb_rng_seed(&rng, 9);
    for (size_t i = 0; i < n; i++)
        x[i] = 0.2f * tb_rng_normal(&rng) * (float)gain_of(-100.0 * (double)i / RATE);
    measure_audio(x, n, value);
    free(x);
    assert_true(shown(value, TB_NOISINESS) > 10);
    assert_true(shown(value, TB_ATTACK) < 4);
    check("decay of a drum", shown(value, TB_DECAY), 100, 10);
    check("hollowness of a drum", shown(value, TB_HOLLOWNESS), 0, 0.5);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_attack, test_attack_of_frames, test_decay, test_noisiness, test_movement,
                     test_hollowness, test_brightness, test_warmth_is_not_darkness, test_pitch_and_level_change_little,
                     test_words_and_ranges, test_degenerate_notes_are_finite, test_a_drum);
}
