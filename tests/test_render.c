/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rendering: the block size does not matter, and there is no aliasing, no discontinuity and no allocation. Conversion
 * of frames to feature vectors and back. */
#include "synth/internal.h"
#include "tests/counting_malloc.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIAS_FLOOR_DB (-75.0) /* relative to the sound, above 0.47 of the rate and at alias frequencies */
#define JUMP 1.02              /* largest difference between samples over that of the ideal sine */
#define ROUND_TRIP_DB 0.05     /* error of a partial's level after the round trip */
#define ROUND_TRIP_CENTS 0.5
#define LEVELS_DB 40 /* only partials within this of the frame's power are compared */

/* ---- a note to play ---- */

typedef struct {
    size_t n_frames;
    float f0;
    bool glides, noise, gains, phases;
    int n_harmonics;
    TbPhases phase;
} Source;

static bool give(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    Source *s = context;
    memset(frame, 0, sizeof *frame);
    if (index >= s->n_frames)
        return false;
    frame->f0 = s->glides ? s->f0 * exp2f((float)index / 50) : s->f0;
    frame->inharmonicity = s->glides ? 1e-4f : 0;
    for (int k = 0; k < s->n_harmonics; k++)
        frame->harmonic[k] = 0.3f / (float)(k + 1);
    for (int k = 0; k < TB_PARTIALS && s->glides; k++) {
        frame->partial[k] = 0.01f;
        frame->ratio[k] = -1 + 0.17f * (float)k;
    }
    for (int k = 0; k < TB_BANDS && s->noise; k++)
        frame->band[k] = 1e-5f * (float)(index % 7);
    for (int k = 0; k < TB_GAINS && s->gains; k++)
        frame->gain[k] = (float)((index * 5 + (size_t)k * 3) % 11) - 5;
    if (s->phases) {
        for (int k = 0; k < TB_HARMONICS; k++)
            s->phase.harmonic[k] = (float)((index * 37 + (size_t)k * 11) % 100) / 100;
        *phases = &s->phase;
    }
    return true;
}

static float *render(Source *source, double rate, size_t n, const size_t *blocks, size_t n_blocks) {
    TbSynth *s = NULL;
    float *out = calloc(n, sizeof *out);
    assert_int_equal(tb_synth_new(rate, &s), TB_OK);
    tb_synth_start(s, give, source, 11);
    for (size_t at = 0, i = 0; at < n; i++) {
        size_t block = blocks[i % n_blocks];
        block = block < n - at ? block : n - at;
        tb_synth_render(s, out + at, block);
        at += block;
    }
    tb_synth_free(s);
    return out;
}

static void test_block_size_does_not_matter(void **state) {
    (void)state;
    static const double rates[] = {22050, 44100, 48000, 192000};
    static const size_t sizes[][4] = {{1, 1, 1, 1},         {63, 63, 63, 63},         {64, 64, 64, 64},
                                      {100, 100, 100, 100}, {1000, 1000, 1000, 1000}, {1, 700, 63, 2000}};
    static const size_t whole = 1 << 30;
    for (size_t r = 0; r < 4; r++) {
        Source source = {.n_frames = 40, .f0 = 97, .glides = true, .noise = true, .gains = true, .n_harmonics = 100};
        size_t n = (size_t)(rates[r] * 0.3);
        for (int phases = 0; phases < 2; phases++) {
            source.phases = phases;
            float *once = render(&source, rates[r], n, &whole, 1);
            double power = 0;
            for (size_t i = 0; i < n; i++)
                power += (double)once[i] * once[i];
            assert_true(power > 1);
            for (size_t b = 0; b < 6; b++) {
                float *parts = render(&source, rates[r], n, sizes[b], 4);
                assert_memory_equal(once, parts, n * sizeof *once);
                free(parts);
            }
            free(once);
        }
        printf("%.0f Hz: identical in blocks of 1, 63, 64, 100, 1000 and mixed\n", rates[r]);
    }
}

/* ---- spectra ---- */

enum { FFT = 16384 };

/* Power spectrum under a window with side lobes about -100 dB from four bins on (four-term Blackman-Harris). */
static void power_spectrum(const float *x, double *power) {
    TbFft *fft = NULL;
    float *real = tb_aligned_new(FFT), *spectrum = tb_aligned_new(FFT + 2);
    assert_int_equal(tb_fft_new(FFT, &fft), TB_OK);
    for (int i = 0; i < FFT; i++) {
        double a = 2 * TB_PI * i / FFT;
        real[i] = x[i] * (float)(0.35875 - 0.48829 * cos(a) + 0.14128 * cos(2 * a) - 0.01168 * cos(3 * a));
    }
    tb_fft_forward(fft, real, spectrum);
    for (int b = 0; b <= FFT / 2; b++)
        power[b] = (double)spectrum[2 * b] * spectrum[2 * b] + (double)spectrum[2 * b + 1] * spectrum[2 * b + 1];
    tb_fft_free(fft);
    tb_aligned_free(real);
    tb_aligned_free(spectrum);
}

static void test_no_aliasing(void **state) {
    (void)state;
    static const double rates[] = {22050, 44100, 48000};
    static const size_t block = 512;
    for (size_t r = 0; r < 3; r++) {
        Source source = {.n_frames = 400, .f0 = 517.3f, .n_harmonics = TB_HARMONICS};
        size_t n = FFT + 4096;
        float *x = render(&source, rates[r], n, &block, 1);
        double power[FFT / 2 + 1], all = 0, high = 0, between = 0;
        power_spectrum(x + 4096, power);
        for (int b = 0; b <= FFT / 2; b++) {
            double f = b * rates[r] / FFT, k = f / 517.3, off = fabs(k - rint(k)) * 517.3;
            all += power[b];
            high += f > 0.47 * rates[r] ? power[b] : 0;
            between += off > 6 * rates[r] / FFT && f < 0.47 * rates[r] ? power[b] : 0;
        }
        printf("%.0f Hz: above 0.47 of the rate %.1f dB, between the harmonics %.1f dB\n", rates[r],
               10 * log10(high / all), 10 * log10(between / all));
        assert_true(10 * log10(high / all) < ALIAS_FLOOR_DB);
        assert_true(10 * log10(between / all) < ALIAS_FLOOR_DB);
        free(x);
    }
}

/* The gain with which a note's partials begin, at sample i. */
static double fade_in(size_t i, double rate) {
    double u = ((double)i + 0.5) / (TB_HOP * rate / 4);
    return u < 1 ? u * u * (3 - 2 * u) : 1;
}

/* A gliding sine: differences between samples do not exceed those of an ideal sine, also at hop boundaries. */
static void test_phase_is_continuous(void **state) {
    (void)state;
    static const double rates[] = {22050, 44100, 96000, 192000};
    static const size_t block = 100;
    for (size_t r = 0; r < 4; r++) {
        Source source = {.n_frames = 60, .f0 = 150, .glides = false, .n_harmonics = 1};
        size_t n = (size_t)(50 * TB_HOP * rates[r]);
        float *x = render(&source, rates[r], n, &block, 1);
        double worst = 0, ideal = 0.3 * 2 * sin(TB_PI * 150 / rates[r]), peak = 0;
        for (size_t i = 1; i < n; i++) {
            if (fade_in(i - 1, rates[r]) < 1)
                continue;
            worst = fmax(worst, fabs((double)x[i] - x[i - 1]));
            peak = fmax(peak, fabs((double)x[i]));
        }
        printf("%.0f Hz: largest step %.4f of the ideal, peak %.4f\n", rates[r], worst / ideal, peak);
        assert_true(worst < JUMP * ideal);
        assert_true(fabs(peak - 0.3) < 0.003);
        free(x);
    }
}

static void test_start_phases(void **state) {
    (void)state;
    TbPhases start = {{0}, {0}};
    TbFrame frames[3] = {{.f0 = 440, .harmonic = {0.5f}}, {.f0 = 440, .harmonic = {0.5f}}, {.f0 = 440}};
    start.harmonic[0] = 0.15f;
    TbNote note = {.seconds = 0.01, .n_frames = 3, .frames = frames, .n_phases = 1, .phases = &start};
    TbAnalysis analysis = {.seconds = 0.005, .n_notes = 1, .notes = &note};
    TbAudio audio = {0};
    assert_int_equal(tb_synthesize(&analysis, 44100, 1, &audio), TB_OK);
    for (size_t i = 0; i < audio.n_samples; i++) {
        double v = 0.5 * cos(2 * TB_PI * (0.15 + 440.0 * (double)i / 44100)) * fade_in(i, 44100);
        assert_true(fabs(v - (double)audio.samples[i]) < 1e-4);
    }
    tb_audio_free(&audio);
}

static void test_no_allocation(void **state) {
    (void)state;
#ifdef TB_SANITIZE
    skip(); /* the sanitizer replaces malloc itself */
#else
    size_t before = counted_allocations();
    free(tb_aligned_new(16));
    assert_true(counted_allocations() > before); /* the counter also counts the library's allocations */
    Source source = {.n_frames = 60,
                     .f0 = 97,
                     .glides = true,
                     .noise = true,
                     .gains = true,
                     .phases = true,
                     .n_harmonics = TB_HARMONICS};
    TbSynth *s = NULL;
    float out[1000];
    assert_int_equal(tb_synth_new(44100, &s), TB_OK);
    before = counted_allocations();
    for (int round = 0; round < 2; round++) {
        tb_synth_start(s, give, &source, 3);
        memset(out, 0, sizeof out);
        while (tb_synth_render(s, out, 1000)) {
        }
    }
    size_t during = counted_allocations() - before;
    printf("allocations while rendering: %zu\n", during);
    assert_int_equal(during, 0);
    tb_synth_free(s);
#endif
}

static void test_rates_are_checked(void **state) {
    (void)state;
    static const double bad[] = {0, -1, 7999, 192001, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        TbSynth *s = NULL;
        assert_int_equal(tb_synth_new(bad[i], &s), TB_ERR_ARGUMENT);
        assert_null(s);
    }
    tb_synth_free(NULL);
}

static void test_features_round_trip(void **state) {
    (void)state;
    TbRng rng;
    double worst_db = 0, worst_cents = 0;
    tb_rng_seed(&rng, 4);
    for (int round = 0; round < 50; round++) {
        TbFrame f = {.f0 = 60 + 10 * (float)round, .inharmonicity = round % 2 ? 1e-4f * (float)round : 0}, g;
        float x[TB_FEATURES], c[TB_CONDITIONS];
        for (int k = 0; k < TB_HARMONICS; k++) {
            float n = (float)(k + 1);
            bool sounds = f.f0 * n * sqrtf(1 + f.inharmonicity * n * n) < 20000;
            f.harmonic[k] = sounds ? 0.1f * tb_rng_uniform(&rng) : 0;
        }
        for (int k = 0; k < TB_PARTIALS; k++) {
            f.partial[k] = 0.1f * tb_rng_uniform(&rng);
            f.ratio[k] = tbi_slot_ratio(k) + tbi_slot_width() * (tb_rng_uniform(&rng) - 0.5f);
        }
        for (int k = 0; k < TB_BANDS; k++)
            f.band[k] = 1e-3f * tb_rng_uniform(&rng);
        for (int k = 0; k < TB_GAINS && round % 3 == 0; k++)
            f.gain[k] = -20 + 10 * (float)k;
        f.power = tbi_frame_power(&f);
        tb_frame_to_features(&f, x);
        tb_frame_to_condition(&f, c);
        g = f;
        memset(g.harmonic, 0, sizeof g.harmonic);
        memset(g.partial, 0, sizeof g.partial);
        memset(g.band, 0, sizeof g.band);
        tb_features_to_frame(x, &g);
        assert_true(fabs(220 * exp2(3 * (double)c[0]) / (double)f.f0 - 1) < 1e-5);
        assert_true(fabs(pow(10, ((double)c[1] - 1) * 4) / (double)f.power - 1) < 1e-4);
        for (int k = 0; k < TB_HARMONICS + TB_PARTIALS; k++) {
            bool h = k < TB_HARMONICS;
            double a = h ? f.harmonic[k] : f.partial[k - TB_HARMONICS];
            double b = h ? g.harmonic[k] : g.partial[k - TB_HARMONICS];
            if (10 * log10(a * a / 2 / (double)f.power + 1e-30) > -LEVELS_DB)
                worst_db = fmax(worst_db, fabs(20 * log10(b / a)));
            if (!h) {
                double off = 1200 * fabs((double)f.ratio[k - TB_HARMONICS] - (double)g.ratio[k - TB_HARMONICS]);
                worst_cents = fmax(worst_cents, off);
            }
        }
        assert_true(fabs((double)g.inharmonicity - (double)f.inharmonicity) < 2e-5 * (double)(f.inharmonicity + 0.01f));
        assert_true(fabs(10 * log10((double)tbi_frame_power(&g) / (double)f.power)) < ROUND_TRIP_DB);
    }
    printf("features and back: levels within %.4f dB, ratios within %.4f cents\n", worst_db, worst_cents);
    assert_true(worst_db < ROUND_TRIP_DB);
    assert_true(worst_cents < ROUND_TRIP_CENTS);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_block_size_does_not_matter, test_no_aliasing, test_phase_is_continuous,
                     test_start_phases, test_no_allocation, test_rates_are_checked, test_features_round_trip);
}
