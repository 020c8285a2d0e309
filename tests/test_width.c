/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The width of a sound: measured from a file of two channels, and given back to one, in levels and correlation. */
#include "audio/erb.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 44100, SIZE = 2048, BINS = SIZE / 2 + 1, OCTAVES = 7 };
#define LOWEST 125.0 /* Hz: of the first of the octaves that are compared */

/* A channel: shares of two noises and of a tone, which comes later by `late` samples. */
typedef struct {
    float first, second, tone;
    int late;
} Channel;

static float tone(int i) {
    float sum = 0;
    for (int k = 1; k <= 20 && i >= 0; k++)
        sum += sinf(2 * (float)M_PI * 220 * (float)k * (float)i / 44100 + (float)(k * k)) / (float)k;
    return 0.2f * sum;
}

static void make(const Channel channel[2], float *x) {
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int i = 0; i < N; i++) {
        float first = 0.1f * tb_rng_normal(&rng), second = 0.1f * tb_rng_normal(&rng);
        for (int c = 0; c < 2; c++)
            x[2 * i + c] =
                channel[c].first * first + channel[c].second * second + channel[c].tone * tone(i - channel[c].late);
    }
}

typedef struct {
    double power[2], cross;
} Octave;

/* Of x[N][2], without its first and its last blocks. */
static void measure(const float *x, Octave *octave) {
    TbFft *fft;
    float *real = tb_aligned_new(SIZE), *spectrum[2] = {tb_aligned_new(2 * BINS), tb_aligned_new(2 * BINS)}, w[SIZE];
    assert_int_equal(tb_fft_new(SIZE, &fft), TB_OK);
    tb_hann(w, SIZE);
    memset(octave, 0, OCTAVES * sizeof *octave);
    for (int at = SIZE; at + 2 * SIZE < N; at += SIZE / 2) {
        for (int c = 0; c < 2; c++) {
            for (int i = 0; i < SIZE; i++)
                real[i] = w[i] * x[2 * (at + i) + c];
            tb_fft_forward(fft, real, spectrum[c]);
        }
        for (int k = 1; k < BINS; k++) {
            int o = (int)floor(log2(k * 44100.0 / SIZE / LOWEST));
            const float *a = spectrum[0] + 2 * k, *b = spectrum[1] + 2 * k;
            if (o < 0 || o >= OCTAVES)
                continue;
            octave[o].power[0] += (double)(a[0] * a[0] + a[1] * a[1]);
            octave[o].power[1] += (double)(b[0] * b[0] + b[1] * b[1]);
            octave[o].cross += (double)(a[0] * b[0] + a[1] * b[1]);
        }
    }
    tb_fft_free(fft);
    tb_aligned_free(real);
    tb_aligned_free(spectrum[0]);
    tb_aligned_free(spectrum[1]);
}

static double decibels(double x) {
    return 10 * log10(x + 1e-12);
}

static void test_back_again(void **state) {
    (void)state;
    static const struct {
        const char *what;
        Channel channel[2];
        bool wide, inverted, other; /* other: what is heard is not the mean */
        double db, likeness;        /* largest errors in an octave */
    } cases[] = {
        {"the same twice", {{1, 0, 0, 0}, {1, 0, 0, 0}}, false, false, false, 0, 0},
        {"inverted", {{1, 0, 1, 0}, {-1, 0, -1, 0}}, false, true, false, 0, 0},
        {"left alone", {{1, 0, 1, 0}, {0, 0, 0, 0}}, false, false, false, 0, 0},
        {"panned noise", {{1, 0, 0, 0}, {0.3f, 0, 0, 0}}, true, false, false, 0.1, 0.01},
        {"panned tone", {{0, 0, 1, 0}, {0, 0, 0.3f, 0}}, true, false, false, 0.1, 0.01},
        {"two noises", {{1, 0, 0, 0}, {0, 1, 0, 0}}, true, false, false, 0.6, 0.1},
        {"half alike", {{1, 0.6f, 0, 0}, {1, -0.6f, 0, 0}}, true, false, false, 1, 0.1},
        {"inverted, and a little noise", {{1, 0.2f, 0, 0}, {-1, 0.2f, 0, 0}}, true, true, false, 0.5, 0.02},
        {"a tone in the middle, noise at the sides", {{0.3f, 0, 1, 0}, {0, 0.3f, 1, 0}}, true, false, false, 1, 0.05},
        {"spaced microphones", {{0, 0, 1, 0}, {0, 0, 1, 37}}, true, false, false, 4, 0.35},
        {"half a period apart", {{0, 0, 1, 0}, {0, 0, 0.9f, 100}}, true, false, true, 4, 0.5},
    };
    ScratchFolder scratch;
    char path[300];
    float *x = malloc(2 * N * sizeof *x), *y = malloc(2 * N * sizeof *y);
    assert_true(scratch_new(&scratch) && x && y);
    snprintf(path, sizeof path, "%s/x.wav", scratch.path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbAudio audio;
        TbWidth width;
        Octave was[OCTAVES], is[OCTAVES];
        make(cases[i].channel, x);
        assert_int_equal(tb_audio_write_stereo(path, x, N, 44100, TB_BITS_32F), TB_OK);
        assert_int_equal(tb_audio_read_wide(path, &audio, NULL, &width), TB_OK);
        assert_int_equal(width.n > 0, cases[i].wide);
        if (!cases[i].wide) {
            tb_audio_free(&audio);
            continue;
        }
        assert_int_equal(width.n, (size_t)ceil(N / 1024.0));
        assert_int_equal(tb_widen(audio.samples, N, 44100, &width, y), TB_OK);
        for (int t = 0; t < N && cases[i].inverted; t++)
            x[2 * t + 1] *= -1;
        measure(x, was);
        measure(y, is);
        double error = 0, all = 0;
        for (int t = 0; t < N; t++) {
            double d = (double)(y[2 * t] + y[2 * t + 1]) / 2 - (double)audio.samples[t];
            error += d * d;
            all += (double)audio.samples[t] * (double)audio.samples[t];
        }
        print_message("%s: the mean %.1f dB off\n", cases[i].what, decibels(error / all));
        assert_true(cases[i].other || decibels(error / all) < -25);
        for (int o = 0; o < OCTAVES; o++) {
            double off[2], alike = is[o].cross / sqrt(is[o].power[0] * is[o].power[1]) -
                                   was[o].cross / sqrt(was[o].power[0] * was[o].power[1]);
            for (int c = 0; c < 2; c++)
                off[c] = decibels(is[o].power[c]) - decibels(was[o].power[c]);
            print_message("    %6.0f Hz  left %+.2f  right %+.2f dB  correlation %+.3f\n", LOWEST * (1 << o), off[0],
                          off[1], alike);
            if (was[o].power[0] + was[o].power[1] < 1e-5 * (was[0].power[0] + was[0].power[1]))
                continue; /* nothing there */
            assert_true(fabs(off[0]) < cases[i].db && fabs(off[1]) < cases[i].db);
            assert_true(fabs(alike) < cases[i].likeness);
        }
        tb_audio_free(&audio);
        tb_width_free(&width);
    }
    unlink(path);
    scratch_free(&scratch);
    free(x);
    free(y);
}

/* The levels of a band survive as bytes to an eighth of a dB. */
static void test_bytes(void **state) {
    (void)state;
    for (double db = -50; db < 13.4; db += 0.1) {
        TbWidthBand band = tb_width_band(pow(10, db / 20), 0, -1);
        assert_true(fabs(20 * log10(tb_width_level(band.left)) - db) < 0.13);
        assert_int_equal(band.right, 0);
        assert_int_equal(band.likeness, 0);
    }
    TbWidthBand same = tb_width_band(1, 1, 1);
    assert_true(tb_width_level(same.left) == 1 && tb_width_level(same.right) == 1 && same.likeness == 254);
    assert_true(tb_width_level(0) == 0);
}

/* Rates and lengths: nothing is lost at the ends, and bad values are refused. */
static void test_any_length(void **state) {
    (void)state;
    static const double rates[] = {8000, 22050, 48000, 96000, 192000};
    static const size_t lengths[] = {1, 2, 511, 512, 513, 5000};
    TbWidthBand bands[TB_WIDTH_BANDS];
    TbWidth width = {1, bands};
    float x[5000], y[2 * 5000 + 1];
    for (int b = 0; b < TB_WIDTH_BANDS; b++)
        bands[b] = tb_width_band(1, 1, 1);
    for (int i = 0; i < 5000; i++)
        x[i] = sinf((float)i * 0.1f);
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            size_t n = lengths[k];
            y[2 * n] = 7;
            assert_int_equal(tb_widen(x, n, rates[r], &width, y), TB_OK);
            assert_true(y[2 * n] == 7);
            for (size_t i = 0; i < 2 * n; i++)
                assert_true(fabsf(y[i] - x[i / 2]) < 1e-5f);
        }
    }
    assert_int_equal(tb_widen(x, 10, 7999, &width, y), TB_ERR_ARGUMENT);
    assert_int_equal(tb_widen(x, 10, 44100, &(TbWidth){0, NULL}, y), TB_ERR_ARGUMENT);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_back_again, test_bytes, test_any_length);
}
