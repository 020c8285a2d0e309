/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analysis of synthetic sounds with known pitch, partials, noise and onsets. */
#include "synth/internal.h"
#include "tests/run_tests.h"
#include "tests/tones.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tolerances */
#define F0_CENTS 3.0       /* of a steady note */
#define LEVEL_DB 0.5       /* of its harmonics */
#define INHARMONICITY 0.05 /* relative, of B */
#define NOISE_DB 1.0       /* of the bands' power */
#define ONSET_SECONDS 0.003
#define OCTAVE_SHARE 0.97 /* minimum share of the table's notes within 50 cents in the correct octave */
#define VOICED_SHARE 0.9

static const TbNote *longest(const TbAnalysis *analysis) {
    const TbNote *best = NULL;
    for (size_t i = 0; i < analysis->n_notes; i++)
        best = !best || analysis->notes[i].seconds > best->seconds ? &analysis->notes[i] : best;
    assert_non_null(best);
    return best;
}

/* ---- one note ---- */

static void test_one_note(void **state) {
    (void)state;
    static const struct {
        double f0, b;
        int count;
    } cases[] = {{55, 0, 60}, {110.3, 2e-4, 40}, {220.7, 0, 30}, {261.6, 6e-4, 20}, {523.2, 0, 12}, {1318.5, 0, 6}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        size_t n = RATE;
        float *x = silence(n);
        add_tone(x, 2000, n, cases[c].f0, cases[c].b, cases[c].count, 1, 0.3);
        TbAnalysis analysis = analyse(x, n, RATE);
        assert_int_equal(analysis.n_notes, 1);
        const TbNote *note = &analysis.notes[0];
        const TbFrame *f = &note->frames[note->n_frames / 2];
        double off = cents((double)f->f0, cases[c].f0), worst = 0;
        for (int k = 1; k <= 5; k++)
            worst = fmax(worst, fabs(20 * log10((double)f->harmonic[k - 1] / 0.3 * k)));
        printf("%.1f Hz, B %g: onset %.2f ms off, %.2f cents, B %g, levels within %.2f dB, voicing %.2f\n", cases[c].f0,
               cases[c].b, 1000 * (note->start - 2000.0 / RATE), off, (double)f->inharmonicity, worst,
               (double)note->voicing);
        assert_true(note->pitched && note->voicing > (float)VOICED_SHARE);
        assert_true(fabs(off) < F0_CENTS && fabs(cents((double)note->f0, cases[c].f0)) < F0_CENTS);
        assert_true(fabs(note->start - 2000.0 / RATE) < ONSET_SECONDS);
        assert_true(fabs((double)f->inharmonicity - cases[c].b) <= INHARMONICITY * cases[c].b + 1e-6);
        assert_true(worst < LEVEL_DB);
        tb_analysis_free(&analysis);
        free(x);
    }
}

/* ---- octaves ---- */

typedef enum { SAW, SQUARE, SINE, PULSE, NO_FUNDAMENTAL, DULL, WAVEFORMS } Waveform;

static double harmonic_level(Waveform w, int k) {
    switch (w) {
    case SAW:
        return 0.3 / k;
    case SQUARE:
        return k % 2 ? 0.3 / k : 0;
    case SINE:
        return k == 1 ? 0.3 : 0;
    case PULSE:
        return 0.05;
    case NO_FUNDAMENTAL:
        return k == 1 ? 0 : 0.2 / k;
    default:
        return 0.3 * exp(-k);
    }
}

static void test_octaves(void **state) {
    (void)state;
    static const char *const names[] = {"saw", "square", "sine", "pulse", "no fundamental", "dull"};
    int all = 0, right = 0;
    for (Waveform w = 0; w < WAVEFORMS; w++) {
        for (int midi = 28; midi <= 100; midi += 4) {
            double f0 = 440 * exp2((midi - 69) / 12.0);
            size_t n = RATE / 3;
            float *x = silence(n);
            for (int k = 1; k <= 40 && k * f0 < 18000; k++)
                for (size_t i = 0; i < n; i++)
                    x[i] += (float)(harmonic_level(w, k) * sin(2 * TB_PI * f0 * k * (double)i / RATE + 0.7 * k * k));
            TbAnalysis analysis = analyse(x, n, RATE);
            const TbNote *note = longest(&analysis);
            bool ok = note->pitched && fabs(cents((double)note->f0, f0)) < 50;
            if (!ok)
                printf("%s at %.1f Hz: found %.1f\n", names[w], f0, note->pitched ? (double)note->f0 : 0.0);
            all++;
            right += ok;
            tb_analysis_free(&analysis);
            free(x);
        }
    }
    printf("right octave: %d of %d\n", right, all);
    assert_true(right >= OCTAVE_SHARE * all);
}

/* An organ whose lowest rank sounds an octave below the loud ones: the low pitch explains all partials. */
static void test_organ(void **state) {
    (void)state;
    size_t n = RATE;
    float *x = silence(n);
    add_tone(x, 1000, n, 220, 0, 12, 1, 0.3);
    add_tone(x, 1000, n, 110, 0, 1, 1, 0.12);
    add_tone(x, 1000, n, 330, 0, 1, 1, 0.1);
    TbAnalysis analysis = analyse(x, n, RATE);
    const TbNote *note = longest(&analysis);
    printf("organ: %.2f Hz\n", (double)note->f0);
    assert_true(note->pitched && fabs(cents((double)note->f0, 110)) < 10);
    tb_analysis_free(&analysis);
    free(x);
}

/* ---- noise and silence ---- */

static void test_noise_is_unpitched(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int pink = 0; pink < 2; pink++) {
        size_t n = 2 * RATE;
        float *x = silence(n), low = 0;
        double power = 0, found = 0;
        for (size_t i = 0; i < n; i++) {
            float v = 0.1f * tb_rng_normal(&rng);
            low += 0.05f * (v - low);
            x[i] = pink ? 0.2f * v + 2 * low : v;
            power += (double)x[i] * x[i] / (double)n;
        }
        TbAnalysis analysis = analyse(x, n, RATE);
        const TbNote *note = longest(&analysis);
        size_t count = 0;
        for (size_t t = 20; t + 20 < note->n_frames; t++, count++)
            found += (double)note->frames[t].power;
        printf("%s noise: %zu notes, voicing %.2f, level %.2f dB off\n", pink ? "pink" : "white", analysis.n_notes,
               (double)note->voicing, 10 * log10(found / (double)count / power));
        assert_int_equal(analysis.n_notes, 1);
        assert_false(note->pitched);
        assert_true(fabs(10 * log10(found / (double)count / power)) < NOISE_DB);
        for (size_t t = 0; t < note->n_frames; t++)
            assert_true(note->frames[t].f0 == TB_BASE_F0);
        tb_analysis_free(&analysis);
        free(x);
    }
}

/* The level of noise is measured correctly between the harmonics of a tone. */
static void test_noise_beside_a_tone(void **state) {
    (void)state;
    size_t n = RATE;
    float *x = silence(n);
    TbRng rng;
    tb_rng_seed(&rng, 2);
    add_tone(x, 0, n, 330, 0, 20, 1, 0.3);
    for (size_t i = 0; i < n; i++)
        x[i] += 0.01f * tb_rng_normal(&rng);
    TbAnalysis analysis = analyse(x, n, RATE);
    const TbNote *note = longest(&analysis);
    double sum = 0, share = 0;
    size_t from = note->n_frames / 4, to = note->n_frames * 3 / 4;
    for (int b = 30; b < TB_BANDS; b++) { /* from 2 kHz */
        for (size_t t = from; t < to; t++)
            sum += (double)note->frames[t].band[b] / (double)(to - from);
        share += (double)tbi_band_fraction(b);
    }
    double off = 10 * log10(sum / (1e-4 * share));
    printf("noise beside a tone: %.2f dB off\n", off);
    assert_true(note->pitched && fabs(off) < NOISE_DB);
    tb_analysis_free(&analysis);
    free(x);
}

/* A bell has several near-periods; the tracker must not jump between them while it decays. */
static void test_bell_has_one_pitch(void **state) {
    (void)state;
    TbAudio audio;
    assert_int_equal(tb_audio_read(TB_SOUNDS "/bell.flac", &audio, NULL), TB_OK);
    TbAnalysis analysis = analyse(audio.samples, audio.n_samples, audio.sample_rate);
    const TbNote *note = longest(&analysis);
    double worst = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        worst = fmax(worst, fabs(cents((double)note->frames[t].f0, (double)note->f0)));
    printf("bell: %.1f Hz, at most %.0f cents off\n", (double)note->f0, worst);
    assert_true(note->pitched && worst < 60);
    tb_analysis_free(&analysis);
    tb_audio_free(&audio);
}

/* A kick drum: a sinusoid that falls by two octaves in a few periods is resynthesised with its waveform. */
static void test_kick_drum(void **state) {
    (void)state;
    TbAudio audio, again;
    assert_int_equal(tb_audio_read(TB_SOUNDS "/kick.flac", &audio, NULL), TB_OK);
    TbAnalysis analysis = analyse(audio.samples, audio.n_samples, audio.sample_rate);
    assert_int_equal(tb_synthesize(&analysis, RATE, 1, &again), TB_OK);
    const TbNote *note = longest(&analysis);
    double energy = 0, lost = 0, first = (double)note->frames[0].f0, late = (double)note->frames[note->n_frames / 2].f0;
    for (size_t i = 0; i < audio.n_samples && i < again.n_samples; i++) {
        double e = (double)audio.samples[i] - (double)again.samples[i];
        energy += (double)audio.samples[i] * (double)audio.samples[i];
        lost += e * e;
    }
    printf("kick: from %.0f to %.0f Hz, %.1f dB\n", first, late, 10 * log10(energy / lost));
    assert_true(first > 3.5 * late && late > 40 && late < 60);
    assert_true(10 * log10(energy / lost) > 20);
    tb_analysis_free(&analysis);
    tb_audio_free(&audio);
    tb_audio_free(&again);
}

static void test_silence_and_clicks(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 31, 64, 255, 256, 257, 441, 1000, 2500, 6000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        float *x = silence(n ? n : 1);
        for (int kind = 0; kind < 6; kind++) {
            TbRng rng;
            tb_rng_seed(&rng, 3);
            for (size_t i = 0; i < n; i++) {
                x[i] = kind == 0   ? 0
                       : kind == 1 ? 1
                       : kind == 2 ? (i == n / 2 ? 1000.0f : 0)
                       : kind == 3 ? tb_rng_normal(&rng)
                       : kind == 4 ? (sinf(0.07f * (float)i) > 0 ? 1.0f : -1.0f)
                                   : 1e-39f;
            }
            TbAnalysis analysis = analyse(x, n, RATE);
            assert_true((kind != 0 && kind != 5) || analysis.n_notes == 0);
            for (size_t j = 0; j < analysis.n_notes; j++) {
                const TbNote *note = &analysis.notes[j];
                const float *v = (const float *)note->frames, *p = (const float *)note->phases;
                assert_true(kind != 1 || !note->pitched);
                for (size_t i = 0; i < note->n_frames * sizeof *note->frames / sizeof *v; i++)
                    assert_true(isfinite(v[i]));
                for (size_t i = 0; i < note->n_phases * sizeof *note->phases / sizeof *p; i++)
                    assert_true(p[i] >= 0 && p[i] <= 1);
                for (size_t t = 0; t < note->n_frames; t++)
                    assert_true(note->frames[t].f0 > 0 && note->frames[t].power >= 0);
            }
            tb_analysis_free(&analysis);
        }
        free(x);
    }
}

static void test_arguments_are_checked(void **state) {
    (void)state;
    static const TbAnalysisOptions bad[] = {{.f0 = 1e6},   {.f0 = -5},      {.f0 = NAN},
                                            {.f0_min = 1}, {.f0_max = 1e9}, {.f0_min = 500, .f0_max = 100}};
    float x[100] = {0};
    TbAnalysis analysis;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        TbAnalysisOptions o = bad[i];
        o.size = sizeof o;
        assert_int_equal(tb_analyze(&(TbAudio){x, 100, RATE}, &o, NULL, NULL, &analysis), TB_ERR_ARGUMENT);
    }
    assert_int_equal(tb_analyze(&(TbAudio){x, 100, 0}, NULL, NULL, NULL, &analysis), TB_ERR_ARGUMENT);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_one_note, test_octaves, test_organ, test_noise_is_unpitched,
                     test_noise_beside_a_tone, test_bell_has_one_pitch, test_kick_drum, test_silence_and_clicks,
                     test_arguments_are_checked);
}
