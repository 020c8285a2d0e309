/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The voice engine: output independent of the block size, no allocations, note starts on their sample, voice stealing
 * without clicks, peaks below the ceiling. */
#include "tests/counting_malloc.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLICK_DB 6.0 /* of high frequencies, relative to the note alone */

enum { RATE = 48000 };

/* ---- blocks ---- */

typedef struct {
    size_t at;
    uint8_t message[3];
} Stamped;

static const Stamped piece[] = {
    {0, {0x90, 60, 100}},    {0, {0x90, 64, 90}},      {777, {0x91, 48, 127}},  {1000, {0xb0, 64, 127}},
    {3001, {0x80, 60, 0}},   {4000, {0xe0, 0, 100}},   {5000, {0x90, 67, 80}},  {5003, {0x99, 36, 120}},
    {6000, {0xb0, 7, 60}},   {7000, {0x90, 72, 110}},  {7001, {0x90, 76, 110}}, {7002, {0x90, 79, 110}},
    {7003, {0x90, 60, 110}}, {9000, {0xb0, 64, 0}},    {9500, {0x99, 36, 90}},  {10000, {0xb0, 74, 127}},
    {12000, {0x90, 67, 0}},  {12000, {0x90, 67, 127}}, {13000, {0xb1, 120, 0}}, {15000, {0xb0, 1, 127}},
    {16000, {0xb0, 123, 0}},
};
enum { PIECE = 20000 };

static void play_in_blocks(const size_t *blocks, size_t n_blocks, bool limit, float *out) {
    TbEngine *e = mono_engine(4, limit, 20);
    size_t next = 0;
    for (size_t at = 0, i = 0; at < PIECE; i++) {
        size_t block = blocks[i % n_blocks];
        block = block < PIECE - at ? block : PIECE - at;
        for (; next < sizeof piece / sizeof *piece && piece[next].at < at + block; next++)
            assert_true(tb_engine_event(e, piece[next].at - at, piece[next].message, 3));
        tb_engine_render(e, out + at, NULL, block);
        at += block;
    }
    tb_engine_free(e);
}

static void test_block_size_independence(void **state) {
    (void)state;
    static const size_t sizes[][4] = {{1, 1, 1, 1},         {63, 63, 63, 63},         {64, 64, 64, 64},
                                      {100, 100, 100, 100}, {1000, 1000, 1000, 1000}, {1, 700, 63, 2000}};
    static const size_t whole = PIECE;
    static float once[PIECE], parts[PIECE];
    for (int limit = 0; limit < 2; limit++) {
        double power = 0;
        play_in_blocks(&whole, 1, limit, once);
        for (size_t i = 0; i < PIECE; i++)
            power += (double)once[i] * (double)once[i];
        assert_true(power > 1);
        for (size_t b = 0; b < 6; b++) {
            memset(parts, 0, sizeof parts);
            play_in_blocks(sizes[b], 4, limit, parts);
            assert_memory_equal(once, parts, sizeof once);
        }
    }
    printf("identical in blocks of 1, 63, 64, 100, 1000 and mixed, with and without limiter\n");
}

/* ---- notes ---- */

static void test_note_starts_are_sample_accurate(void **state) {
    (void)state;
    static const size_t offsets[] = {0, 1, 1000, 4095};
    static float out[8192];
    for (size_t i = 0; i < 4; i++) {
        TbEngine *e = mono_engine(4, false, 0);
        size_t first = 0;
        engine_send(e, offsets[i], 0x90, 69, 127);
        tb_engine_render(e, out, NULL, 8192);
        while (first < 8192 && out[first] == 0)
            first++;
        assert_in_range(first, offsets[i], offsets[i] + 2);
        tb_engine_free(e);
    }
}

static double peak(const float *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x[i]));
    return most;
}

/* ---- clicks ---- */

/* Level above 14 kHz around x[at] in dB: nearly zero for notes, large for clicks. */
static double treble(const float *x, size_t at) {
    enum { SIZE = 1024 };
    TbFft *fft;
    float *real = tb_aligned_new(SIZE), *spectrum = tb_aligned_new(SIZE + 2), window[SIZE];
    double power = 1e-12;
    assert_int_equal(tb_fft_new(SIZE, &fft), TB_OK);
    tb_hann(window, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        real[i] = window[i] * x[at - SIZE / 2 + i];
    tb_fft_forward(fft, real, spectrum);
    for (size_t k = (size_t)14000 * SIZE / RATE; k < SIZE / 2; k++) {
        power += (double)spectrum[2 * k] * (double)spectrum[2 * k] +
                 (double)spectrum[2 * k + 1] * (double)spectrum[2 * k + 1];
    }
    tb_fft_free(fft);
    tb_aligned_free(real);
    tb_aligned_free(spectrum);
    return 10 * log10(power);
}

/* The largest second difference: discontinuities of slope. */
static double jump(const float *x, size_t from, size_t to) {
    double most = 0;
    for (size_t i = from + 1; i + 1 < to; i++)
        most = fmax(most, fabs((double)x[i + 1] - 2 * (double)x[i] + (double)x[i - 1]));
    return most;
}

static void test_voice_stealing_is_click_free(void **state) {
    (void)state;
    static float before[RATE], after[RATE];
    static const struct {
        const char *what;
        int status, a, b;
    } cases[] = {{"stolen by a quiet note", 0x90, 40, 1},
                 {"struck again, quietly", 0x90, 60, 1},
                 {"all sound off", 0xb0, 120, 0},
                 {"nothing", 0xb0, 3, 0}};
    for (size_t k = 0; k < 8; k++) { /* each in live mode as well */
        size_t i = k % 4;
        TbEngine *e = played_engine(
            &played, &(TbEngineOptions){
                         .size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 1, .live = k >= 4, .seed = 5});
        engine_send(e, 0, 0x90, 60, 127);
        tb_engine_render(e, before, NULL, RATE);
        engine_send(e, 1000, cases[i].status, cases[i].a, cases[i].b);
        tb_engine_render(e, after, NULL, RATE / 10);
        double steady = -200, there = fmax(treble(after, 1000), treble(after, 1200));
        for (size_t at = RATE / 2; at < RATE - 1000; at += 500)
            steady = fmax(steady, treble(before, at));
        printf("%s: over 14 kHz %.1f dB, the note alone %.1f dB\n", cases[i].what, there, steady);
        assert_true(there < steady + CLICK_DB);
        assert_true(jump(after, 900, 1400) < 1.5 * jump(before, RATE / 2, RATE - 1));
        assert_in_range(tb_engine_active_voices(e), i == 2 ? 0 : 1, i == 2 ? 0 : 1);
        tb_engine_free(e);
    }
}

/* ---- the limiter ---- */

static void test_limiter(void **state) {
    (void)state;
    static float plain[RATE], limited[RATE];
    static const double gains[] = {-10, 30};
    for (size_t g = 0; g < 2; g++) {
        size_t late = 0;
        for (int limit = 0; limit < 2; limit++) {
            TbEngine *e = mono_engine(16, limit, gains[g]);
            for (int k = 0; k < 12; k++)
                engine_send(e, 3000 * (size_t)k, 0x90, 50 + 2 * k, 127);
            tb_engine_render(e, limit ? limited : plain, NULL, RATE);
            late = tb_engine_latency(e);
            tb_engine_free(e);
        }
        printf("peak %.2f becomes %.3f\n", peak(plain, RATE), peak(limited, RATE));
        assert_true(peak(limited, RATE) < 0.8913);
        if (g == 0) {
            assert_true(peak(plain, RATE) < 0.89);
            assert_memory_equal(plain, limited + late, (RATE - late) * sizeof *plain);
        } else {
            assert_true(peak(plain, RATE) > 2 && peak(limited, RATE) > 0.7);
        }
    }
}

/* ---- arbitrary input ---- */

static void test_any_messages(void **state) {
    (void)state;
    static float out[4096];
    TbEngine *e = mono_engine(16, true, 0);
    TbRng rng;
    tb_rng_seed(&rng, 3);
    size_t during = 0;
    for (int round = 0; round < 100; round++) {
        size_t before = counted_allocations();
        for (int k = 0; k < 40; k++) {
            uint32_t r = tb_rng_next(&rng), q = tb_rng_next(&rng);
            uint8_t message[3] = {(uint8_t)(0x80 | (r & 0x7f)), (uint8_t)(r >> 8), (uint8_t)(r >> 16)};
            message[0] = k % 2 ? (uint8_t)(0x90 | (r & 1)) : message[0];
            tb_engine_event(e, q % 5000, message, q % 4);
        }
        tb_engine_render(e, out, NULL, 1 + tb_rng_next(&rng) % 4096);
        during += counted_allocations() - before;
        for (size_t i = 0; i < 4096; i++)
            assert_true(fabsf(out[i]) < 0.8913f);
        assert_in_range(tb_engine_active_voices(e), 0, 16 + 8 + 6);
    }
    printf("allocations and locks while rendering: %zu\n", during);
    assert_int_equal(during, 0);
    tb_engine_free(e);
#ifndef TB_SANITIZE
    size_t before = counted, locks = counted_locks;
    TbFft *fft;
    assert_int_equal(tb_fft_new(64, &fft),
                     TB_OK); /* allocates and locks, to check that the counter counts, in the library too */
    tb_fft_free(fft);
    assert_true(counted > before && counted_locks > locks);
#endif
}

static void test_queue_is_bounded(void **state) {
    (void)state;
    static const uint8_t message[3] = {0xb0, 7, 100};
    float out[4];
    TbEngine *e = mono_engine(1, false, 0);
    for (int i = 0; i < TB_ENGINE_QUEUE; i++)
        assert_true(tb_engine_event(e, 0, message, 3));
    assert_false(tb_engine_event(e, 0, message, 3));
    tb_engine_render(e, out, NULL, 4);
    assert_true(tb_engine_event(e, 0, message, 3));
    tb_engine_free(e);
}

static void test_options_are_checked(void **state) {
    (void)state;
    static const TbEngineOptions bad[] = {{.sample_rate = 0},
                                          {.sample_rate = 7000},
                                          {.sample_rate = 48000, .voices = 129},
                                          {.sample_rate = 48000, .voices = -1},
                                          {.sample_rate = 48000, .gain = NAN}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        TbEngine *e;
        TbEngineOptions o = bad[i];
        o.size = sizeof o;
        assert_int_equal(tb_engine_new(played.model, &o, &e), TB_ERR_ARGUMENT);
        assert_null(e);
    }
    tb_engine_free(NULL);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_block_size_independence, test_note_starts_are_sample_accurate,
                     test_voice_stealing_is_click_free, test_limiter, test_any_messages, test_queue_is_bounded,
                     test_options_are_checked);
}
