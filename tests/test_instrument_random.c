/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New instruments: draws follow the prior, variations are steps from an instrument with the same recordings, and
 * spread draws are far apart. The note network is random: its output does not matter here. */
#include "note/note.h"
#include "tests/played.h"
#include "tests/run_tests.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 22050, N = 12 };

static Played played; /* a model, and a clarinet made before it had a note network */

/* A prior of mean k / 10 and spread 1: codes are normal numbers. */
static void give_notes(TbModel *model) {
    TbNoteModel *notes = NULL;
    assert_int_equal(tbi_note_model_new(tb_vae_config(tb_model_vae(model))->latent_dim, 1, &notes), TB_OK);
    for (int k = 0; k < TB_CODE_DIM; k++) {
        notes->mean[1][k] = notes->mean[0][k] = (float)k / 10;
        memset(notes->spread[1] + (size_t)k * TB_CODE_DIM, 0, TB_CODE_DIM * sizeof(float));
        memset(notes->spread[0] + (size_t)k * TB_CODE_DIM, 0, TB_CODE_DIM * sizeof(float));
        notes->spread[1][k * TB_CODE_DIM + k] = notes->spread[0][k * TB_CODE_DIM + k] = 1;
    }
    for (int k = 0; k < TB_KNOBS; k++)
        for (int i = 0; i < TB_KNOB_POINTS; i++)
            notes->knob[k][i] = (float)(i * i);
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
}

static int setup(void **state) {
    (void)state;
    if (played_new(&played) != TB_OK)
        return -1;
    tb_instrument_free(played.clarinet);
    give_notes(played.model);
    return played_instrument(played.model, "clarinet", &played.clarinet) == TB_OK ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    played_free(&played);
    return 0;
}

static TbInstrument *draw_of(uint64_t seed) {
    TbInstrument *in;
    assert_int_equal(tb_instrument_random(played.model, seed, &in), TB_OK);
    return in;
}

static TbInstrument *variation(const TbInstrument *base, double amount, uint64_t seed) {
    TbInstrument *in;
    assert_int_equal(tb_instrument_vary(base, amount, seed, &in), TB_OK);
    return in;
}

static TbAudio sound_of(const TbInstrument *in) {
    TbAudio audio;
    TbNoteOptions note = {
        .size = sizeof(TbNoteOptions), .key = 72, .velocity = 0.8, .hold = 0.4, .longest = 0.6, .seed = 3};
    assert_int_equal(tb_instrument_note(in, &note, RATE, &audio), TB_OK);
    return audio;
}

static bool same_sound(const TbInstrument *a, const TbInstrument *b) {
    TbAudio x = sound_of(a), y = sound_of(b);
    bool same = x.n_samples == y.n_samples && memcmp(x.samples, y.samples, x.n_samples * sizeof *x.samples) == 0;
    tb_audio_free(&x);
    tb_audio_free(&y);
    return same;
}

static void normal_of(const TbInstrument *in, float *normal) {
    for (int k = 0; k < TB_CODE_DIM; k++)
        normal[k] = tb_instrument_code(in)[k] - (float)k / 10;
}

static void test_draws_are_the_priors(void **state) {
    (void)state;
    double sum = 0, squares = 0;
    enum { DRAWS = 500 };
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        float x[TB_CODE_DIM];
        TbInstrument *in = draw_of(seed);
        normal_of(in, x);
        for (int k = 0; k < TB_CODE_DIM; k++) {
            sum += x[k];
            squares += x[k] * x[k];
        }
        assert_true(tb_instrument_has_pitch(in));
        tb_instrument_free(in);
    }
    assert_true(fabs(sum / (DRAWS * TB_CODE_DIM)) < 0.04);
    assert_true(fabs(squares / (DRAWS * TB_CODE_DIM) - 1) < 0.05);
    TbInstrument *a = draw_of(7), *b = draw_of(7), *c = draw_of(8);
    assert_memory_equal(tb_instrument_code(a), tb_instrument_code(b), TB_CODE_DIM * sizeof(float));
    assert_memory_not_equal(tb_instrument_code(a), tb_instrument_code(c), TB_CODE_DIM * sizeof(float));
    tb_instrument_free(a);
    tb_instrument_free(b);
    tb_instrument_free(c);
}

/* A copy sounds the same after its base is freed; a variation does not, though its recordings are kept. */
static void test_variations(void **state) {
    (void)state;
    TbInstrument *first = variation(played.clarinet, 0, 1), *copy = variation(first, 0, 2);
    assert_true(same_sound(first, played.clarinet));
    tb_instrument_free(first);
    assert_true(same_sound(copy, played.clarinet));
    tb_instrument_free(copy);
    TbInstrument *half = variation(played.clarinet, 0.5, 4), *whole = variation(played.clarinet, 1, 4),
                 *step = draw_of(4);
    float normal[TB_CODE_DIM];
    normal_of(step, normal);
    for (int k = 0; k < TB_CODE_DIM; k++) {
        float at = tb_instrument_code(played.clarinet)[k];
        assert_float_equal(tb_instrument_code(half)[k], at + 0.5f * normal[k], 1e-5);
        assert_float_equal(tb_instrument_code(whole)[k], at + normal[k], 1e-5);
    }
    assert_false(same_sound(half, played.clarinet));
    assert_false(same_sound(half, whole));
    tb_instrument_free(half);
    tb_instrument_free(whole);
    tb_instrument_free(step);
}

static void test_refusals(void **state) {
    (void)state;
    TbInstrument *in = (TbInstrument *)&played;
    assert_int_equal(tb_instrument_vary(played.clarinet, 1.1, 1, &in), TB_ERR_ARGUMENT);
    assert_null(in);
    assert_int_equal(tb_instrument_vary(played.clarinet, -0.1, 1, &in), TB_ERR_ARGUMENT);
    assert_int_equal(tb_instrument_vary(played.clarinet, NAN, 1, &in), TB_ERR_ARGUMENT);
    uint64_t seeds[3];
    assert_int_equal(tb_instruments_spread(1, 2, 3, seeds), TB_ERR_ARGUMENT);
    TbVaeConfig config = tb_model_config();
    TbVae *vae;
    TbModel *plain;
    config.encoder_width = config.decoder_width = 32;
    assert_int_equal(tb_vae_new(&config, 1, &vae), TB_OK);
    assert_int_equal(tb_model_new(vae, NULL, &plain), TB_OK);
    in = (TbInstrument *)&played;
    assert_int_equal(tb_instrument_random(plain, 1, &in), TB_ERR_UNSUPPORTED);
    assert_null(in);
    tb_model_free(plain);
}

static void test_knobs_turn_the_code(void **state) {
    (void)state;
    const float knob[TB_KNOBS] = {1, -2, 0.5f, 0, 3, 0, -0.25f};
    TbInstrument *in = draw_of(9), *was = draw_of(9);
    tb_instrument_add_knobs(in, knob);
    for (int k = 0; k < TB_CODE_DIM; k++) {
        float by = tb_instrument_code(in)[k] - tb_instrument_code(was)[k];
        assert_float_equal(by, k < TB_KNOBS ? knob[k] : 0, 1e-5);
    }
    assert_false(same_sound(in, was));
    tb_instrument_free(in);
    tb_instrument_free(was);
}

static double least_distance(const uint64_t *seeds) {
    float x[N][TB_CODE_DIM];
    double least = INFINITY;
    for (size_t i = 0; i < N; i++) {
        TbInstrument *in = draw_of(seeds[i]);
        normal_of(in, x[i]);
        tb_instrument_free(in);
        for (size_t j = 0; j < i; j++) {
            double d = 0;
            for (int k = 0; k < TB_CODE_DIM; k++)
                d += (x[i][k] - x[j][k]) * (x[i][k] - x[j][k]);
            least = fmin(least, sqrt(d));
        }
    }
    return least;
}

static void test_far_apart(void **state) {
    (void)state;
    uint64_t next[N], chosen[N], again[N], first = 1000;
    for (size_t i = 0; i < N; i++)
        next[i] = first + i;
    assert_int_equal(tb_instruments_spread(first, 50 * N, N, chosen), TB_OK);
    assert_int_equal(tb_instruments_spread(first, 50 * N, N, again), TB_OK);
    assert_memory_equal(chosen, again, sizeof chosen);
    double near = least_distance(next), far = least_distance(chosen);
    printf("the nearest two of %d: %.2f apart, of those chosen %.2f\n", N, near, far);
    assert_true(far > 1.4 * near);
    for (size_t i = 0; i < N; i++) { /* none is an outlier, which would be the easy way */
        float x[TB_CODE_DIM];
        double length = 0;
        TbInstrument *in = draw_of(chosen[i]);
        normal_of(in, x);
        tb_instrument_free(in);
        for (int k = 0; k < TB_CODE_DIM; k++)
            length += x[k] * x[k];
        assert_true(length < TB_CODE_DIM + sqrt(2.0 * TB_CODE_DIM) + 0.01);
        assert_in_range(chosen[i], first, first + 50 * N - 1);
    }
    /* All of them: each once. */
    bool seen[N] = {false};
    assert_int_equal(tb_instruments_spread(first, N, N, chosen), TB_OK);
    for (size_t i = 0; i < N; i++) {
        assert_false(seen[chosen[i] - first]);
        seen[chosen[i] - first] = true;
    }
}

static void test_what_a_knob_means(void **state) {
    (void)state;
    const TbNoteModel *notes = tb_model_notes(played.model);
    assert_float_equal(tb_knob_display(notes, TB_BRIGHTNESS, -2), tb_attribute_display(TB_BRIGHTNESS, 0), 1e-3);
    assert_float_equal(tb_knob_display(notes, TB_BRIGHTNESS, 0), tb_attribute_display(TB_BRIGHTNESS, 16), 1e-3);
    assert_float_equal(tb_knob_display(notes, TB_BRIGHTNESS, 2), tb_attribute_display(TB_BRIGHTNESS, 64), 1e-3);
    assert_float_equal(tb_knob_display(notes, TB_BRIGHTNESS, 0.25f), tb_attribute_display(TB_BRIGHTNESS, 20.5f),
                       1e-3); /* a line between 16 and 25 */
    assert_float_equal(tb_knob_display(notes, TB_BRIGHTNESS, 9), tb_attribute_display(TB_BRIGHTNESS, 64), 1e-3);
    assert_float_equal(tb_knob_display(notes, TB_BRIGHTNESS, -9), tb_attribute_display(TB_BRIGHTNESS, 0), 1e-3);
    assert_float_equal(tb_knob_display(notes, TB_ATTACK, -1), tb_attribute_display(TB_ATTACK, 4), 1e-3);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_draws_are_the_priors, test_variations, test_refusals,
                     test_knobs_turn_the_code, test_far_apart, test_what_a_knob_means);
}
