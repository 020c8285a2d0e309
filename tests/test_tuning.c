/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunings of Scala, and an engine that plays in them. */
#include "engine/engine.h"
#include "tests/default_model.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char just[] = "! just.scl\n!\nJust intonation\n 7\n!\n 9/8\n 5/4 a third\n4/3\n 3/2\n5/3\n15/8\n2/1\n";
static const char quarters[] = "quarter tones\r\n2\r\n50.\r\n100.0 cents\r\n";
static const char bohlen[] = "a tritave in three steps\n3\n634.\n1268.\n3/1\n";
/* White keys play the seven degrees; black ones nothing. A4 is 432 Hz. */
static const char white[] = "! white.kbm\n12\n24\n100\n60\n69\n432.0\n7\n0\nx\n1\nx\n2\n3\nx\n4\nx\n5\nx\n6\n";
static const char linear[] = "0\n0\n127\n69\n69\n440\n0\n";

static TbStatus parse(const char *scale, const char *mapping, float *tuning) {
    return tb_tuning_parse(scale, strlen(scale), mapping, mapping ? strlen(mapping) : 0, tuning);
}

static void test_pitches(void **state) {
    (void)state;
    static const struct {
        const char *scale, *mapping;
        struct {
            int key;
            double pitch; /* NAN: silent; 0: the end */
        } notes[9];
    } cases[] = {
        {just, NULL, {{60, 60}, {61, 62.03910}, {64, 67.01955}, {67, 72}, {59, 58.88269}, {53, 48}}},
        {quarters, NULL, {{61, 60.5}, {62, 61}, {0, 30}}},
        {bohlen, NULL, {{63, 79.01955}, {64, 85.35955}, {59, 53.66045}}},
        {just,
         white,
         {{69, 68.68234},
          {60, 68.68234 - 8.84359},
          {61, NAN},
          {72, 68.68234 - 8.84359 + 12},
          {71, 68.68234 + 2.03910},
          {57, 56.68234},
          {23, 23},
          {101, 101}}},
        {quarters, linear, {{69, 69}, {71, 70}}},
    };
    float tuning[TB_TUNING_KEYS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i].scale, cases[i].mapping, tuning), TB_OK);
        for (int n = 0; cases[i].notes[n].pitch != 0; n++) {
            const int key = cases[i].notes[n].key;
            const double pitch = cases[i].notes[n].pitch;
            print_message("key %d: %.5f, wanted %.5f\n", key, (double)tuning[key], pitch);
            assert_true(isnan(pitch) ? isnan(tuning[key]) : fabs((double)tuning[key] - pitch) < 1e-4);
        }
    }
}

static void test_malformed(void **state) {
    (void)state;
    static const struct {
        const char *scale, *mapping, *text;
    } cases[] = {
        {"", NULL, "no lines"},
        {"only a name\n", NULL, "number of notes"},
        {"name\n0\n", NULL, "number of notes"},
        {"name\n99999\n", NULL, "number of notes"},
        {"name\n2\n3/2\n", NULL, "after 1 of its 2 notes"},
        {"name\n1\n3/0\n", NULL, "note 1"},
        {"name\n1\n-2/1\n", NULL, "note 1"},
        {"name\n1\n12..5\n", NULL, "note 1"},
        {"name\n1\nhalf\n", NULL, "note 1"},
        {"name\n1\n1e300.\n", NULL, "note 1"},
        {just, "", "not a keyboard mapping"},
        {just, "200\n", "not a keyboard mapping"},
        {just, "1\n0\n127\n60\n60\n0\n7\n0\n", "no pitch"},
        {just, "1\n0\n127\n60\n60\n261.6\n", "octave"},
        {just, "1\n0\n127\n60\n60\n261.6\n7\nnone\n", "key 1 of its mapping"},
        {just, "2\n0\n127\n60\n61\n261.6\n7\n0\nx\n", "leaves out key 61"},
    };
    float tuning[TB_TUNING_KEYS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i].scale, cases[i].mapping, tuning), TB_ERR_FORMAT);
        print_message("%s\n", tb_error_text(TB_ERR_FORMAT));
        assert_non_null(strstr(tb_error_text(TB_ERR_FORMAT), cases[i].text));
    }
    assert_int_equal(tb_tuning_read("/nowhere.scl", NULL, tuning), TB_ERR_NOT_FOUND);
}

/* A key has the pitch of the tuning, bends are added to it, and a key without pitch is silent. */
static void test_engine(void **state) {
    (void)state;
    TbInstrument *instrument;
    TbEngine *engine;
    float tuning[TB_TUNING_KEYS], out[256];
    assert_int_equal(tb_instrument_random(model, 1, &instrument), TB_OK);
    for (int key = 0; key < TB_TUNING_KEYS; key++)
        tuning[key] = key == 61 ? NAN : 30 + 0.5f * (float)key;
    TbEngineOptions options = {.size = sizeof options, .sample_rate = 48000, .voices = 4, .tuning = tuning};
    assert_int_equal(tb_engine_new(model, &options, &engine), TB_OK);
    tb_engine_set_mix(engine, 0, &(TbMix){.part = {instrument}, .weight = {1}});
    assert_true(tb_engine_event(engine, 0, (const uint8_t[]){0x90, 61, 100}, 3));
    tb_engine_render(engine, out, NULL, 256);
    assert_int_equal(tb_engine_active_voices(engine), 0);
    assert_true(tb_engine_event(engine, 0, (const uint8_t[]){0x90, 63, 100}, 3));
    assert_true(tb_engine_event(engine, 0, (const uint8_t[]){0xe0, 0, 0x60}, 3)); /* a semitone up */
    tb_engine_render(engine, out, NULL, 256);
    assert_int_equal(tb_engine_active_voices(engine), 1);
    float key = 0;
    for (int i = 0; i < engine->n_slots; i++)
        key = engine->voice[i].state == VOICE_SOUNDING ? engine->voice[i].note.key : key;
    assert_true(fabsf(key - 62.5f) < 1e-3f);
    tb_engine_free(engine);
    tb_instrument_free(instrument);
}

int main(void) {
    return RUN_TESTS(default_model_load, default_model_free, test_pitches, test_malformed, test_engine);
}
