/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops of synthetic sounds: found, made, and measured; by the library's own measure, which must detect defects, and
 * by 60 s of looping. */
#include "tests/run_tests.h"
#include "tests/signals.h"
#include "timbrel/sampler.h"

#include <stdio.h>
#include <string.h>

static const double RATE = 44100;
enum { N = 4 * 44100, SHORT = 66150 };

typedef struct {
    const char *name;
    double f0, vibrato_cents, vibrato_hz, tremolo_db, slope_db, noise, inharmonicity;
} Sound;

/* Harmonics of f0 with vibrato and tremolo, rising by slope_db per second; plus noise of standard deviation `noise`. */
static void make_some(const Sound *s, int n, float *tone, float *noise) {
    double phase = 0;
    float *hiss = signal_noise((size_t)n, 7, s->noise, 0.3, 1e9);
    for (int i = 0; i < n; i++) {
        double t = i / RATE, sum = 0, wave = sin(2 * M_PI * s->vibrato_hz * t);
        double level = pow(10, (s->tremolo_db * wave + s->slope_db * t) / 20) * fmin(1, t / 0.05);
        phase += s->f0 * exp2(s->vibrato_cents / 1200 * wave) / RATE;
        for (int k = 1; k <= 12 && k * s->f0 < 18000; k++)
            sum += sin(2 * M_PI * k * sqrt(1 + s->inharmonicity * k * k) * phase + k * k) / k;
        tone[i] = (float)(0.15 * level * sum);
        noise[i] = (float)(level * hiss[i]);
    }
    free(hiss);
}

static void make(const Sound *s, float *tone, float *noise) {
    make_some(s, N, tone, noise);
}

static const Sound sounds[] = {
    {"steady", 220.3, .noise = 0},
    {"low", 65.41, .noise = 0.003},
    {"high, its period no whole number of samples", 1975.53, .noise = 0.001},
    {"with vibrato", 311.13, 25, 5.3, .noise = 0.005},
    {"with tremolo and vibrato", 440, 15, 6.1, 1.5, .noise = 0.01},
    {"fading", 196, .slope_db = -2.5, .noise = 0.005},
    {"rising", 523.25, .slope_db = 1.5, .noise = 0.002},
    {"breathy", 880, 10, 4.7, .noise = 0.1},
    {"stretched like a string", 130.81, .inharmonicity = 2e-4, .noise = 0.003},
};

static float tone[N], noise[N], out[N + TB_LOOP_TAIL];

static TbLoop looped(const Sound *s) {
    TbLoopOptions options;
    TbLoop found[TB_LOOPS];
    size_t n;
    tb_loop_defaults(&options);
    make(s, tone, noise);
    assert_int_equal(tb_loop_find(tone, N, RATE, &options, found, &n), TB_OK);
    assert_int_equal(n, TB_LOOPS);
    TbLoop loop = found[0];
    assert_true(loop.start >= 0.8 * RATE && loop.end - loop.start >= 1.0 * RATE && loop.end - loop.start <= 2.5 * RATE);
    assert_int_equal(tb_loop_make(tone, noise, N, RATE, &loop, out), TB_OK);
    return loop;
}

static void test_seams(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++) {
        TbLoopQuality quality;
        TbLoop loop = looped(&sounds[i]);
        assert_int_equal(tb_loop_measure(out, RATE, &loop, &quality), TB_OK);
        print_message("%-44s %.2f s, likeness %.4f, seam %.2f dB, spectrum %.2f dB, click %.2f\n", sounds[i].name,
                      (double)(loop.end - loop.start) / RATE, loop.correlation, quality.level_db, quality.spectrum_db,
                      quality.click);
        assert_true(quality.level_db <= 0.5 && quality.spectrum_db <= 0.5 && quality.click <= 1.1);
        for (size_t j = 0; j < TB_LOOP_TAIL; j++)
            assert_true(out[loop.end + j] == out[loop.start + j]);
        for (size_t j = 0; j < loop.start; j++) /* the part before the loop is unchanged */
            assert_true(out[j] == tone[j] + noise[j]);
    }
}

/* 60 s as a sampler plays them: the levels of every 20 ms, at seams or not, stay in the range of the sound itself. */
static void test_a_minute(void **state) {
    (void)state;
    TbLoop loop = looped(&sounds[0]);
    size_t at = loop.start, width = 882;
    double low = INFINITY, high = -INFINITY, sum = 0, last = out[at], jump = 0, own = 0;
    for (size_t i = 1; i < loop.start; i++)
        own = fmax(own, fabs((double)out[i] - out[i - 1]));
    for (size_t i = 0; i < (size_t)(60 * RATE); i++) {
        sum += (double)out[at] * out[at];
        jump = fmax(jump, fabs(out[at] - last));
        last = out[at];
        at = at + 1 == loop.end ? loop.start : at + 1;
        if ((i + 1) % width == 0) {
            low = fmin(low, 10 * log10(sum / (double)width));
            high = fmax(high, 10 * log10(sum / (double)width));
            sum = 0;
        }
    }
    print_message("levels over a minute: %.3f dB apart, largest step %.3f of the sound's own\n", high - low,
                  jump / own);
    assert_true(high - low < 0.5); /* the windows are not whole periods, which accounts for 0.2 dB */
    assert_true(jump <= 1.01 * own);
}

/* The same sounds without a crossfade: the measure must detect each. */
static void test_the_measure_sees_a_hard_cut(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++) {
        TbLoopQuality quality;
        if (sounds[i].noise > 0.05) /* noise masks the tone's seams to the ear, too */
            continue;
        TbLoop loop = looped(&sounds[i]);
        for (size_t j = 0; j < loop.end; j++)
            out[j] = tone[j] + noise[j];
        loop.end -= (size_t)(0.37 * RATE / sounds[i].f0); /* and not a whole number of periods either */
        assert_int_equal(tb_loop_measure(out, RATE, &loop, &quality), TB_OK);
        print_message("%-44s cut: %.2f dB, spectrum %.2f dB, click %.2f\n", sounds[i].name, quality.level_db,
                      quality.spectrum_db, quality.click);
        assert_true(quality.level_db > 0.5 || quality.spectrum_db > 0.5 || quality.click > 1.1);
    }
}

/* Noise crossfaded like a tone loses 3 dB in the middle; a tone crossfaded like noise gains 3 dB. */
static void test_the_measure_sees_a_wrong_fade(void **state) {
    (void)state;
    static float nothing[N];
    TbLoopQuality quality;
    for (int wrong = 0; wrong < 2; wrong++) {
        const Sound *s = &(Sound){"", 220.3, .noise = wrong ? 0 : 0.1};
        TbLoop loop = looped(s);
        if (wrong) {
            assert_int_equal(tb_loop_make(nothing, tone, N, RATE, &loop, out), TB_OK);
        } else {
            size_t back = loop.end - loop.start;
            for (size_t i = loop.end - loop.crossfade; i < loop.end; i++) {
                float in = (float)(i + loop.crossfade - loop.end) / (float)loop.crossfade;
                out[i] = (1 - in) * (noise[i]) + in * noise[i - back];
            }
            for (size_t i = loop.start; i < loop.end - loop.crossfade; i++)
                out[i] = noise[i];
        }
        assert_int_equal(tb_loop_measure(out, RATE, &loop, &quality), TB_OK);
        print_message("%s: seam %.2f dB\n", wrong ? "a tone faded like noise" : "noise faded like a tone",
                      quality.level_db);
        assert_true(quality.level_db > 1.0);
    }
}

static void test_pure_noise_and_silence(void **state) {
    (void)state;
    TbLoopOptions options;
    TbLoop found[TB_LOOPS];
    size_t n;
    TbLoopQuality quality;
    tb_loop_defaults(&options);
    make(&(Sound){"", 220, .noise = 0.1}, tone, noise);
    memset(tone, 0, sizeof tone);
    assert_int_equal(tb_loop_find(tone, N, RATE, &options, found, &n), TB_OK);
    TbLoop loop = found[0];
    assert_true(loop.end - loop.start >= 2.4 * RATE);
    assert_int_equal(tb_loop_make(tone, noise, N, RATE, &loop, out), TB_OK);
    assert_int_equal(tb_loop_measure(out, RATE, &loop, &quality), TB_OK);
    print_message("pure noise: seam %.2f dB, spectrum %.2f dB, click %.2f\n", quality.level_db, quality.spectrum_db,
                  quality.click);
    assert_true(quality.level_db <= 0.5 && quality.spectrum_db <= 0.5 && quality.click <= 1.1);
    memset(noise, 0, sizeof noise);
    assert_int_equal(tb_loop_make(tone, noise, N, RATE, &loop, out), TB_OK);
    for (size_t i = 0; i < loop.end; i++)
        assert_true(out[i] == 0.0f);
    assert_int_equal(tb_loop_find(tone, (size_t)(1.5 * RATE), RATE, &options, found, &n), TB_ERR_EMPTY);
}

static void test_notes(void **state) {
    (void)state;
    size_t first, last;
    make(&sounds[0], tone, noise);
    assert_true(tb_note_sustains(tone, N, RATE));
    assert_false(tb_note_sustains(tone, (size_t)(2 * RATE), RATE));
    float *decaying = signal_tone(N, 220, 0.005, 4.0); /* 15 dB/s */
    assert_false(tb_note_sustains(decaying, N, RATE));
    assert_float_equal(tb_note_slope(decaying, N, RATE, 1.0, 3.0), -15, 0.2);
    for (int i = 0; i < 5000; i++)
        decaying[i] = 0;
    assert_true(tb_note_trim(decaying, N, RATE, 30, &first, &last));
    assert_true(first > 5000 - 60 && first <= 5000);
    assert_float_equal((double)last / RATE, 5000 / RATE + 2.0, 0.2);
    free(decaying);
    make(&sounds[5], tone, noise);
    assert_true(tb_note_sustains(tone, N, RATE));
    assert_float_equal(tb_note_slope(tone, N, RATE, 1.0, 3.0), -2.5, 0.1);
    memset(tone, 0, sizeof tone);
    assert_false(tb_note_sustains(tone, N, RATE));
    assert_false(tb_note_trim(tone, N, RATE, 60, &first, &last));
}

static void test_tuning(void **state) {
    (void)state;
    double cents;
    bool found;
    for (int key = 24; key <= 108; key += 7)
        for (int off = -50; off <= 50; off += 20) {
            double f0 = 440 * exp2((key - 69) / 12.0);
            make_some(&(Sound){"", f0 * exp2(off / 1200.0), key % 2 ? 10 : 0, 5.5, .noise = 0.002}, SHORT, tone, noise);
            for (int i = 0; i < SHORT; i++)
                tone[i] += noise[i];
            assert_int_equal(tb_note_tuning(tone + 8000, SHORT - 8000, RATE, f0, &cents, &found), TB_OK);
            assert_true(found);
            if (fabs(cents - off) >
                (key % 2 || key < 36 ? 1 : 0.4)) /* over half a cycle of the vibrato it is higher or lower */
                fail_msg("key %d, %d cents off: found %.2f", key, off, cents);
        }
    memset(tone, 0, sizeof tone);
    assert_int_equal(tb_note_tuning(tone, N, RATE, 440, &cents, &found), TB_OK);
    assert_false(found);
    assert_int_equal(tb_note_tuning(noise, N, RATE, 440, &cents, &found), TB_OK);
    assert_false(found);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_seams, test_a_minute, test_the_measure_sees_a_hard_cut,
                     test_the_measure_sees_a_wrong_fade, test_pure_noise_and_silence, test_notes, test_tuning);
}
