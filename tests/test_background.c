/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hum, rumble and DC of made recordings are found as they were made, and nothing that is part of a note is. */
#include "synth/background.h"
#include "tests/run_tests.h"
#include "tests/tones.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAD = 12000, LENGTH = 2 * RATE };

#define LEVEL_DB 1.0
#define LEFT_DB -70.0   /* of full scale: what hum leaves before the note */
#define RUMBLE_DB -20.0 /* error of the resynthesised rumble, a share of which is above the cutoff, relative to it */
#define ABOVE_DB 3.0    /* from 120 to 300 Hz, resynthesised rumble over the recording */
#define ONSET_SECONDS 0.005
#define PITCH_CENTS 3.0

static double level_db(const float *x, size_t n) {
    double sum = 1e-20;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i] / (double)n;
    return 10 * log10(sum);
}

/* A note of ten partials after a silence, as recordings have it. */
static float *recording(double f0) {
    float *x = silence(LENGTH);
    add_tone(x, LEAD, LENGTH - 8000, f0, 0, 10, 1, 0.2);
    return x;
}

static void add_hum(float *x, double base, double level) {
    for (int k = 1; k <= 3; k++)
        for (size_t i = 0; i < LENGTH; i++)
            x[i] += (float)(level / k * sin(2 * TB_PI * base * k * (double)i / RATE + k));
}

/* Adds noise below 40 Hz (four poles) with the given RMS, and returns it alone. */
static float *add_rumble(float *x, double rms) {
    TbRng rng;
    double pole[4] = {0};
    float *r = silence(LENGTH);
    tb_rng_seed(&rng, 3);
    for (int i = -RATE; i < LENGTH; i++) {
        double v = (double)tb_rng_normal(&rng);
        for (int k = 0; k < 4; k++)
            v = pole[k] += 2 * TB_PI * 40 / RATE * (v - pole[k]);
        if (i >= 0)
            r[i] = (float)v;
    }
    double scale = rms / pow(10, level_db(r, LENGTH) / 20);
    for (size_t i = 0; i < LENGTH; i++) {
        r[i] *= (float)scale;
        x[i] += r[i];
    }
    return r;
}

static void check_note(const TbAnalysis *analysis, double f0) {
    const TbNote *note = NULL;
    for (size_t i = 0; i < analysis->n_notes; i++)
        note = analysis->notes[i].pitched ? &analysis->notes[i] : note;
    assert_non_null(note);
    printf("  the note: %.2f Hz at %.4f s\n", (double)note->f0, note->start);
    assert_true(fabs(cents((double)note->f0, f0)) < PITCH_CENTS);
    assert_true(fabs(note->start - (double)LEAD / RATE) < ONSET_SECONDS);
}

static void test_hum(void **state) {
    (void)state;
    static const struct {
        double base, f0, level;
    } cases[] = {{50, 220, 1e-3}, {60, 220, 1e-3}, {50, 98, 5e-4}, {60, 65.4, 2e-3}, {50.03, 440, 1e-3}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        float *x = recording(cases[c].f0);
        add_hum(x, cases[c].base, cases[c].level);
        TbAnalysis analysis = analyse(x, LENGTH, RATE);
        const TbBackground *b = &analysis.background;
        printf("hum of %.2f Hz at %.0f dB: %d harmonics of %.2f Hz", cases[c].base, 20 * log10(cases[c].level),
               b->n_hum, (double)b->hum_base);
        assert_true(fabs((double)b->hum_base - cases[c].base) < 0.04);
        assert_true(b->n_hum == 3);
        for (int k = 0; k < 3; k++) {
            double off = 20 * log10((double)b->hum[k].amplitude / cases[c].level * (k + 1));
            printf(", %.2f dB", off);
            assert_true(fabs(off) < LEVEL_DB);
        }
        tbi_add_hum(b, RATE, -1, x, LENGTH);
        double left = level_db(x, LEAD - 1000);
        printf(" off, %.0f dB left\n", left);
        assert_true(left < LEFT_DB);
        check_note(&analysis, cases[c].f0);
        tb_analysis_free(&analysis);
        free(x);
    }
}

/* Level from 120 to 300 Hz, in dB: what the synth made of rumble when it was noise bands. */
static double above_db(const float *x, size_t n) {
    double sum = 1e-20;
    for (double f = 120; f <= 300; f += 4) {
        double re = 0, im = 0, all = 0;
        for (size_t i = 0; i < n; i++) {
            double u = 2 * TB_PI * (double)i / (double)n, w = 0.42 - 0.5 * cos(u) + 0.08 * cos(2 * u);
            re += w * (double)x[i] * cos(2 * TB_PI * f * (double)i / RATE);
            im += w * (double)x[i] * sin(2 * TB_PI * f * (double)i / RATE);
            all += w;
        }
        sum += (re * re + im * im) / (all * all);
    }
    return 10 * log10(sum);
}

static void test_rumble(void **state) {
    (void)state;
    static const double levels[] = {1e-2, 5e-3, 3e-3};
    for (size_t c = 0; c < sizeof levels / sizeof *levels; c++) {
        float *x = recording(330), *r = add_rumble(x, levels[c]);
        TbAnalysis analysis = analyse(x, LENGTH, RATE);
        TbAudio out;
        assert_int_equal(tb_synthesize(&analysis, RATE, 1, &out), TB_OK);
        /* The rumble before the note, without what is below hearing, which is left out. */
        float *slow = silence(LENGTH / 64 + 1), *kept = silence(LENGTH);
        assert_int_equal(tbi_lowpass(r, LENGTH, 64, 14 / TB_ANALYSIS_RATE, 64 * 190, slow), TB_OK);
        memcpy(kept, r, LENGTH * sizeof *r);
        assert_int_equal(tbi_add_upsampled(slow, LENGTH / 64 + 1, RATE, -1, kept, LENGTH), TB_OK);
        double above = above_db(out.samples + 1000, LEAD - 2000) - above_db(x + 1000, LEAD - 2000),
               there = level_db(kept, LEAD - 1000);
        for (size_t i = 0; i < LEAD; i++)
            kept[i] -= out.samples[i];
        double error = level_db(kept, LEAD - 1000) - there;
        printf("rumble at %.0f dB: below %.0f Hz, error %.1f dB, from 120 to 300 Hz %.1f dB too much\n",
               20 * log10(levels[c]), (double)analysis.background.cutoff, error, above);
        assert_true(analysis.background.cutoff > 60);
        assert_true(error < RUMBLE_DB && above < ABOVE_DB);
        check_note(&analysis, 330);
        tb_audio_free(&out);
        tb_analysis_free(&analysis);
        free(x);
        free(r);
        free(slow);
        free(kept);
    }
}

static void test_dc(void **state) {
    (void)state;
    float *x = recording(330);
    for (size_t i = 0; i < LENGTH; i++)
        x[i] += 0.03f;
    TbAnalysis analysis = analyse(x, LENGTH, RATE);
    printf("DC of 0.03: %.4f\n", (double)analysis.background.dc);
    assert_true(fabs((double)analysis.background.dc - 0.03) < 1e-4);
    check_note(&analysis, 330);
    tb_analysis_free(&analysis);
    free(x);
}

/* Low notes are not hum or rumble: at mains frequency, with a tail, steady below a note that comes and goes, alone. */
static void test_low_notes_are_notes(void **state) {
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        float *x = silence(LENGTH);
        if (kind == 0) /* all the time */
            add_tone(x, 0, LENGTH, 50, 0, 4, 1, 0.2);
        else if (kind == 1) /* after a silence */
            add_tone(x, LEAD, LENGTH, 100, 0, 6, 1, 0.2);
        else if (kind == 2) { /* with a long tail */
            add_tone(x, LEAD, LENGTH, 60, 0, 6, 1, 0.2);
            for (size_t i = LEAD; i < LENGTH; i++)
                x[i] *= (float)exp(-5 * (double)(i - LEAD) / RATE);
        } else if (kind == 3) { /* a soft bass under a note that comes and goes */
            add_tone(x, 0, LENGTH, 41.2, 0, 1, 1, 0.05);
            add_tone(x, LEAD, LENGTH - LEAD, 440, 0, 8, 1, 0.2);
        } else { /* a kick drum */
            double turns = 0;
            for (size_t i = LEAD; i < LENGTH; i++) {
                double t = (double)(i - LEAD) / RATE;
                turns += (45 + 150 * exp(-30 * t)) / RATE;
                x[i] = (float)(0.5 * exp(-6 * t) * sin(2 * TB_PI * turns));
            }
        }
        TbAnalysis analysis = analyse(x, LENGTH, RATE);
        printf("low note %d: %d harmonics of hum, rumble below %.0f Hz\n", kind, analysis.background.n_hum,
               (double)analysis.background.cutoff);
        assert_true(analysis.background.n_hum == 0 && analysis.background.n_rumble == 0);
        assert_true(analysis.background.dc == 0);
        tb_analysis_free(&analysis);
        free(x);
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_hum, test_rumble, test_dc, test_low_notes_are_notes);
}
