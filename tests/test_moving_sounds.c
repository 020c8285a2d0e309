/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analysis of changing sounds: consonants, melodies, moving pitches, hits, and very long notes. */
#include "synth/internal.h"
#include "tests/run_tests.h"
#include "tests/tones.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONSET_SECONDS 0.003
#define LEGATO_SECONDS 0.015 /* tolerance of the time of a pitch change */
#define LEGATO_CENTS 5
#define MOVING_CENTS 5      /* tolerance of a moving pitch */
#define VOWEL_SHARE 0.95    /* minimum share of the energy in harmonics */
#define CONSONANT_SHARE 0.1 /* maximum share of the energy in harmonics */
#define JOIN_DB 0.3

/* A vowel (pulses through two resonances), a hiss and a vowel again, without gaps. */
static void test_consonants_are_noise(void **state) {
    (void)state;
    size_t n = RATE, a = n / 3, b = 2 * n / 3;
    float *x = silence(n), hiss = 0, last = 0;
    TbRng rng;
    tb_rng_seed(&rng, 5);
    add_tone(x, 0, a, 120, 0, 30, 1, 0.2);
    add_tone(x, b, n, 130, 0, 30, 1, 0.2);
    for (size_t i = a - 800; i < b + 800; i++) {
        float v =
            0.08f * tb_rng_normal(&rng) * (float)fmin(1, fmin((double)(i - a + 800), (double)(b + 800 - i)) / 1600);
        hiss = v - last; /* a rising spectrum, like an s */
        last = v;
        x[i] += hiss;
    }
    TbAnalysis analysis = analyse(x, n, RATE);
    double tonal[2] = {0, 0}, noise[2] = {0, 0};
    for (size_t j = 0; j < analysis.n_notes; j++) {
        const TbNote *note = &analysis.notes[j];
        for (size_t t = 0; t < note->n_frames; t++) {
            double at = (note->start + (double)t * TB_HOP) * RATE;
            int consonant = at > (double)a + 3000 && at < (double)b - 3000;
            if (!consonant && !(at < (double)a - 3000 || at > (double)b + 3000))
                continue;
            for (int k = 0; k < TB_HARMONICS; k++)
                tonal[consonant] += (double)note->frames[t].harmonic[k] * note->frames[t].harmonic[k] / 2;
            for (int k = 0; k < TB_BANDS; k++)
                noise[consonant] += (double)note->frames[t].band[k];
        }
    }
    double vowel = tonal[0] / (tonal[0] + noise[0]), consonant = tonal[1] / (tonal[1] + noise[1]);
    printf("harmonic share of the vowels %.3f, of the consonant %.3f, %zu notes\n", vowel, consonant, analysis.n_notes);
    assert_true(vowel > VOWEL_SHARE && consonant < CONSONANT_SHARE);
    tb_analysis_free(&analysis);
    free(x);
}

static void test_legato_becomes_notes(void **state) {
    (void)state;
    static const double melody[] = {220, 246.94, 277.18, 207.65};
    size_t length = RATE / 2, n = 4 * length;
    float *x = silence(n);
    double phase = 0;
    for (size_t i = 0; i < n; i++) {
        phase += 2 * TB_PI * melody[i / length] / RATE;
        for (int k = 1; k <= 20; k++)
            x[i] += (float)(0.2 / k * sin(k * phase));
    }
    TbAnalysis analysis = analyse(x, n, RATE);
    printf("legato: %zu notes\n", analysis.n_notes);
    assert_int_equal(analysis.n_notes, 4);
    for (size_t j = 0; j < 4; j++) {
        printf("  %.3f s, %.2f Hz\n", analysis.notes[j].start, (double)analysis.notes[j].f0);
        assert_true(fabs(cents((double)analysis.notes[j].f0, melody[j])) < LEGATO_CENTS);
        assert_true(fabs(analysis.notes[j].start - 0.5 * (double)j) < LEGATO_SECONDS);
    }
    tb_analysis_free(&analysis);
    free(x);
}

/* Vibrato and glides are not split into notes, and f0 follows them. */
static void test_moving_pitch_is_followed(void **state) {
    (void)state;
    for (int glide = 0; glide < 2; glide++) {
        size_t n = 2 * RATE;
        float *x = silence(n);
        double phase = 0, error = 0;
        for (size_t i = 0; i < n; i++) {
            double s = (double)i / RATE, f = glide ? 150 * exp2(0.5 * s) : 300 * exp2(sin(2 * TB_PI * 5.5 * s) / 24);
            phase += 2 * TB_PI * f / RATE;
            for (int k = 1; k <= 12; k++)
                x[i] += (float)(0.2 / k * sin(k * phase));
        }
        TbAnalysis analysis = analyse(x, n, RATE);
        assert_int_equal(analysis.n_notes, 1);
        const TbNote *note = &analysis.notes[0];
        for (size_t t = 10; t + 10 < note->n_frames; t++) {
            double s = note->start + (double)t * TB_HOP;
            double f = glide ? 150 * exp2(0.5 * s) : 300 * exp2(sin(2 * TB_PI * 5.5 * s) / 24);
            error = fmax(error, fabs(cents((double)note->frames[t].f0, f)));
        }
        printf("%s: within %.1f cents\n", glide ? "glide" : "vibrato", error);
        assert_true(error < MOVING_CENTS);
        tb_analysis_free(&analysis);
        free(x);
    }
}

static void test_onsets(void **state) {
    (void)state;
    static const double at[] = {0.1, 0.35, 0.6, 0.72, 1.1};
    size_t n = RATE * 3 / 2;
    float *x = silence(n);
    TbRng rng;
    tb_rng_seed(&rng, 6);
    for (size_t j = 0; j < 5; j++)
        for (size_t i = 0, from = (size_t)(at[j] * RATE); from + i < n && i < RATE; i++)
            x[from + i] += 0.3f * tb_rng_normal(&rng) * expf(-(float)i / (0.02f * RATE));
    TbAnalysis analysis = analyse(x, n, RATE);
    assert_int_equal(analysis.n_notes, 5);
    for (size_t j = 0; j < 5; j++) {
        printf("hit %zu: %.2f ms off\n", j, 1000 * (analysis.notes[j].start - at[j]));
        assert_true(fabs(analysis.notes[j].start - at[j]) < ONSET_SECONDS);
    }
    tb_analysis_free(&analysis);
    free(x);
}

/* A note of 65 s is split into several, and the joins are inaudible: the level of the resynthesis stays constant. */
static void test_long_notes_are_split(void **state) {
    (void)state;
    size_t n = 65 * RATE;
    float *x = silence(n);
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(0.3 * sin(2 * TB_PI * 200 * (double)i / RATE));
    TbAnalysis analysis = analyse(x, n, RATE);
    TbAudio again = {0};
    assert_int_equal(tb_synthesize(&analysis, RATE, 1, &again), TB_OK);
    for (size_t i = RATE / 10; i + RATE / 10 < n; i += 441) { /* RMS over two periods */
        double sum = 0;
        for (size_t j = 0; j < 441; j++)
            sum += (double)again.samples[i + j] * again.samples[i + j];
        worst = fmax(worst, fabs(10 * log10(sum / 441 / 0.045)));
    }
    printf("65 s: %zu notes, level within %.2f dB throughout\n", analysis.n_notes, worst);
    assert_int_equal(analysis.n_notes, 3);
    assert_true(worst < JOIN_DB);
    tb_audio_free(&again);
    tb_analysis_free(&analysis);
    free(x);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_consonants_are_noise, test_legato_becomes_notes, test_moving_pitch_is_followed,
                     test_onsets, test_long_notes_are_split);
}
