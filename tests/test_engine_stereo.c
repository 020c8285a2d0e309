/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stereo engine: block sizes, pan, mono sum, linked limiter, reverb, pad. */
#include "engine/stereo_width.h"
#include "tests/counting_malloc.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_DB 0.1 /* tolerance of levels */
enum { RATE = 48000 };

static TbEngine *engine_of(bool stereo, bool reverb, bool limit, double gain) {
    TbEngineOptions options = played_options(RATE, 8);
    options.stereo = stereo;
    options.reverb = reverb;
    options.limit = limit;
    options.gain = gain;
    return played_engine(&played, &options);
}

static double db(const float *x, size_t n) {
    double sum = 1e-20;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return 10 * log10(sum / (double)n);
}

/* ---- blocks ---- */

enum { SEGMENT = 24000 };

static void piece(size_t block, bool stereo, float *left, float *right) {
    static const struct {
        size_t at;
        uint8_t message[3];
    } events[] = {{0, {0x90, 48, 100}},    {10, {0x99, 36, 120}}, {900, {0xb0, 10, 0}},    {3000, {0x91, 80, 127}},
                  {3500, {0xb1, 91, 127}}, {9000, {0x80, 48, 0}}, {12000, {0xb1, 120, 0}}, {12500, {0xb0, 10, 127}}};
    TbEngine *e = engine_of(stereo, true, true, 12);
    size_t next = 0;
    for (size_t at = 0; at < SEGMENT; at += block) {
        size_t n = block < SEGMENT - at ? block : SEGMENT - at;
        for (; next < sizeof events / sizeof *events && events[next].at < at + n; next++)
            assert_true(tb_engine_event(e, events[next].at - at, events[next].message, 3));
        tb_engine_render(e, left + at, right ? right + at : NULL, n);
    }
    tb_engine_free(e);
}

static void test_block_size_independence(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 100, 1000};
    static float once[2][SEGMENT], parts[2][SEGMENT];
    for (int stereo = 0; stereo < 2; stereo++) {
        piece(SEGMENT, stereo, once[0], stereo ? once[1] : NULL);
        assert_true(db(once[0], SEGMENT) > -40);
        for (size_t i = 0; i < 5; i++) {
            piece(sizes[i], stereo, parts[0], stereo ? parts[1] : NULL);
            assert_memory_equal(once[0], parts[0], sizeof once[0]);
            assert_memory_equal(once[1], parts[1], sizeof once[1]);
        }
    }
}

/* ---- panning ---- */

/* Without width, which isolates panning. */
static void render_note(TbEngine *e, int key, float *left, float *right) {
    tb_engine_set_control(e, TB_CONTROL_WIDTH, 0);
    tb_engine_render(e, left, right, RATE); /* let controllers settle */
    engine_send(e, 0, 0x90, key, 127);
    tb_engine_render(e, left, right, RATE / 2);
    tb_engine_free(e);
}

static void test_pan(void **state) {
    (void)state;
    static float mono[RATE], left[RATE], right[RATE];
    static const int values[] = {0, 1, 32, 64, 96, 127};
    render_note(engine_of(false, false, false, 0), 60, mono, NULL);
    for (size_t i = 0; i < 6; i++) {
        TbEngine *e = engine_of(true, false, false, 0);
        engine_send(e, 0, 0xb0, 10, values[i]);
        render_note(e, 60, left, right);
        double angle = M_PI / 2 * fmax(values[i] - 1, 0) / 126, whole = db(mono, RATE / 2);
        double l = db(left, RATE / 2) - whole, r = db(right, RATE / 2) - whole;
        printf("pan %d: left %.1f dB, right %.1f dB\n", values[i], l, r);
        assert_true(fabs(l - 20 * log10(sqrt(2) * cos(angle))) < LEVEL_DB || cos(angle) < 1e-3);
        assert_true(fabs(r - 20 * log10(sqrt(2) * sin(angle))) < LEVEL_DB || sin(angle) < 1e-3);
        assert_true(cos(angle) > 1e-3 || l < -60);
        assert_true(sin(angle) > 1e-3 || r < -60);
        assert_true(fabs(10 * log10((pow(10, l / 10) + pow(10, r / 10)) / 2)) < LEVEL_DB);
    }
}

/* Drums have places of their own, which do not change their power. */
static void test_drum_pan(void **state) {
    (void)state;
    static float mono[RATE], left[RATE], right[RATE];
    static const float pans[] = {-1, -0.5f, 0, 1, 7};
    for (size_t i = 0; i < 5; i++) {
        for (int stereo = 0; stereo < 2; stereo++) {
            TbEngine *e = engine_of(stereo, false, false, 0);
            tb_engine_set_drum(e, 36, &(TbDrum){.instrument = played.clarinet, .key = 60, .gain = 1, .pan = pans[i]});
            tb_engine_set_control(e, TB_CONTROL_WIDTH, 0);
            tb_engine_render(e, left, right, RATE);
            engine_send(e, 0, 0x99, 36, 127);
            tb_engine_render(e, stereo ? left : mono, right, RATE / 2);
            tb_engine_free(e);
        }
        double angle = M_PI / 4 * (1 + fmin((double)pans[i], 1)), whole = db(mono, RATE / 2);
        double l = db(left, RATE / 2) - whole, r = db(right, RATE / 2) - whole;
        printf("drum at %.1f: left %.1f dB, right %.1f dB\n", (double)pans[i], l, r);
        assert_true(fabs(l - 20 * log10(sqrt(2) * cos(angle))) < LEVEL_DB || (cos(angle) < 1e-3 && l < -60));
        assert_true(fabs(r - 20 * log10(sqrt(2) * sin(angle))) < LEVEL_DB || (sin(angle) < 1e-3 && r < -60));
    }
}

/* Low keys are left, high keys right, and the mono sum is complete. */
static void test_mono_sum(void **state) {
    (void)state;
    static float mono[RATE], left[RATE], right[RATE], sum[RATE];
    static const int keys[] = {36, 60, 84};
    double before = -100;
    for (size_t k = 0; k < 3; k++) {
        render_note(engine_of(false, false, false, 0), keys[k], mono, NULL);
        render_note(engine_of(true, false, false, 0), keys[k], left, right);
        for (size_t i = 0; i < RATE / 2; i++)
            sum[i] = (left[i] + right[i]) / 2;
        double lean = db(right, RATE / 2) - db(left, RATE / 2), off = db(sum, RATE / 2) - db(mono, RATE / 2);
        printf("key %d: right over left %.1f dB, mono sum %.2f dB off\n", keys[k], lean, off);
        assert_true(lean > before + 0.5 && fabs(lean) < 4 && fabs(off) < 0.2);
        before = lean;
    }
}

/* ---- width ---- */

static void render_wide(float width, int channel, int key, float *left, float *right) {
    TbEngine *e = engine_of(true, false, false, 0);
    tb_engine_set_control(e, TB_CONTROL_WIDTH, width);
    tb_engine_render(e, left, right, RATE / 4);
    engine_send(e, 0, 0x90 | channel, key, 127);
    tb_engine_render(e, left, right, RATE / 2);
    tb_engine_free(e);
}

static double correlation(const float *x, const float *y, size_t n) {
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        xx += (double)x[i] * (double)x[i];
        yy += (double)y[i] * (double)y[i];
        xy += (double)x[i] * (double)y[i];
    }
    return xy / sqrt(xx * yy);
}

/* Wide notes keep their position and mono sum, and their bass stays centred. */
static void test_width(void **state) {
    (void)state;
    static float left[2][RATE], right[2][RATE];
    double lean = 0, least = 1, most = -1;
    int n = 0;
    for (int key = 36; key <= 84; key += 4, n++) {
        double off = 0;
        render_wide(0, 0, key, left[0], right[0]);
        render_wide(1, 0, key, left[1], right[1]);
        for (size_t i = 0; i < RATE / 2; i++)
            off = fmax(off, fabs((double)(left[1][i] + right[1][i]) - (double)(left[0][i] + right[0][i])));
        assert_true(off < 1e-6);
        lean += db(left[1], RATE / 2) - db(right[1], RATE / 2) - db(left[0], RATE / 2) + db(right[0], RATE / 2);
        double c = correlation(left[1], right[1], RATE / 2);
        least = fmin(least, c);
        most = fmax(most, c);
    }
    render_wide(1, TB_DRUM_CHANNEL, 36, left[1], right[1]);
    double drum = correlation(left[1], right[1], RATE / 2);
    printf("tone: correlation %.3f .. %.3f, leaning %.2f dB in the mean; kick %.4f\n", least, most, lean / n, drum);
    assert_true(least > 0.75 && most < 0.99 && fabs(lean / n) < 1.5 && drum > 0.9);
}

/* White noise through the widener: left and right are decorrelated and equally loud. */
static void test_width_of_noise(void **state) {
    (void)state;
    static float x[RATE], wide[RATE], left[RATE], right[RATE];
    StereoWidth *w;
    TbRng rng;
    tb_rng_seed(&rng, 6);
    tb_rng_white(&rng, x, RATE);
    assert_int_equal(tbi_stereo_width_new(RATE, &w), TB_OK);
    for (size_t i = 0; i < RATE; i++) {
        left[i] = right[i] = x[i];
        wide[i] = 0.8f * x[i];
    }
    tbi_stereo_width_run(w, wide, 1, 0, left, right, RATE);
    double c = correlation(left, right, RATE), lean = db(left, RATE) - db(right, RATE);
    printf("noise: correlation %.3f, leaning %.2f dB, louder by %.2f dB\n", c, lean, db(left, RATE) - db(x, RATE));
    assert_true(c > 0.1 && c < 0.4 && fabs(lean) < 0.5);
    tbi_stereo_width_free(w);
}

/* ---- limiter, reverb ---- */

/* A panned note keeps its position when limited hard. */
static void test_limiter_is_linked(void **state) {
    (void)state;
    static float left[RATE], right[RATE];
    TbEngine *e = engine_of(true, false, true, 30);
    engine_send(e, 0, 0xb0, 10, 90);
    render_note(e, 60, left, right);
    double angle = M_PI / 2 * 89 / 126, most = 0, off = 0;
    for (size_t i = 0; i < RATE / 2; i++) {
        most = fmax(most, fmax(fabs((double)left[i]), fabs((double)right[i])));
        off = fmax(off, fabs((double)left[i] * tan(angle) - (double)right[i]));
    }
    printf("peak %.3f, sides off by %.1e\n", most, off);
    assert_true(most < 0.8913 && most > 0.7 && off < 1e-5);
}

static void test_reverb_is_stereo(void **state) {
    (void)state;
    static float left[2 * RATE], right[2 * RATE];
    for (int value = 0; value < 128; value += 127) {
        TbEngine *e = engine_of(true, true, false, 0);
        engine_send(e, 0, 0xb0, 91, value);
        tb_engine_render(e, left, right, RATE / 4);
        engine_send(e, 0, 0x90, 60, 127);
        engine_send(e, RATE / 2, 0xb0, 120, 0);
        tb_engine_render(e, left, right, 2 * RATE);
        double tail = db(left + RATE, RATE / 4);
        printf("reverb send %d: %.1f dB half a second after the note\n", value, tail);
        assert_int_equal(tb_engine_active_voices(e), 0);
        assert_true(value ? tail > -50 : tail < -190);
        assert_true(tb_engine_is_audible(e) == (value > 0));
        for (int i = 0; i < 5; i++)
            tb_engine_render(e, left, right, 2 * RATE);
        assert_false(tb_engine_is_audible(e));
        tb_engine_free(e);
    }
}

static void test_nothing_is_allocated(void **state) {
    (void)state;
    static float left[4096], right[4096];
    TbEngine *e = engine_of(true, true, true, 6);
    TbRng rng;
    tb_rng_seed(&rng, 4);
    size_t during = 0;
    for (int round = 0; round < 40; round++) {
        for (int k = 0; k < 20; k++) {
            uint32_t a = tb_rng_next(&rng);
            engine_send(e, a % 4000, k % 2 ? 0x90 : 0xb0, a >> 8 & 127, a >> 16 & 127);
        }
        size_t before = counted_allocations();
        tb_engine_render(e, left, right, 4096);
        during += counted_allocations() - before;
        for (size_t i = 0; i < 4096; i++)
            assert_true(fabsf(left[i]) < 0.8913f && fabsf(right[i]) < 0.8913f);
    }
    assert_int_equal(during, 0);
    tb_engine_free(e);
}

/* ---- the pad ---- */

static void test_pad(void **state) {
    (void)state;
    for (int n = 1; n <= TB_PARTS; n++) {
        for (int i = 0; i < 49; i++) {
            float weight[TB_PARTS], sum = 0;
            tb_pad_weights(n, (float)(i % 7 - 1) / 5, (float)(i / 7 - 1) / 5, weight);
            for (int p = 0; p < TB_PARTS; p++) {
                assert_true(weight[p] >= 0 && (p < n || weight[p] == 0));
                sum += weight[p];
            }
            assert_true(fabsf(sum - 1) < 1e-6f);
        }
        for (int p = 0; p < n; p++) { /* one sound per corner */
            float weight[TB_PARTS];
            tb_pad_weights(n, p & 1 ? 1 : 0, p & 2 ? 1 : 0, weight);
            assert_true(weight[p] == 1);
        }
    }
    float weight[TB_PARTS];
    tb_pad_weights(4, NAN, NAN, weight);
    assert_true(weight[0] == 1);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_block_size_independence, test_pan, test_drum_pan, test_mono_sum,
                     test_width, test_width_of_noise, test_limiter_is_linked, test_reverb_is_stereo,
                     test_nothing_is_allocated, test_pad);
}
