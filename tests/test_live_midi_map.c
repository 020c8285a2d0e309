/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI controllers mapped to controls: soft takeover, learning; and the MIDI byte parser. */
#include "live/midi_parser.h"
#include "tests/live_player.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    RATE = 48000,
    BRIGHTNESS = TB_CONTROL_KNOBS + (int)TB_BRIGHTNESS,
    MOVEMENT = TB_CONTROL_KNOBS + (int)TB_MOVEMENT
};

static TbLive *live_new(void) {
    TbEngine *e;
    const TbEngineOptions options = {
        .size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 4, .stereo = true, .limit = true, .seed = 5};
    assert_int_equal(tb_engine_new(played.model, &options, &e), TB_OK);
    TbLive *l = live_player_new(e, RATE, (const TbInstrument *[]){played.clarinet, played.piano}, 2);
    assert_non_null(l);
    return l;
}

static void render(TbLive *l) {
    static float out[2 * 256];
    tbi_audio_thread_block(&l->thread, out, 256, false);
}

/* Sends a control change from an input. */
static void move_controller(TbLive *l, int number, int value) {
    assert_true(tbi_audio_thread_send(&l->thread, 3, (const uint8_t[]){0xb2, (uint8_t)number, (uint8_t)value}, 3));
    render(l);
}

static bool control_value(const TbLive *l, int control, int step) {
    return fabsf(tb_control_to_cc((TbControl)control, tb_live_control(l, (TbControl)control)) - (float)step) < 0.01f;
}

/* ---- soft takeover ---- */

static void test_takeover(void **state) {
    (void)state;
    static const struct {
        const char *what;
        int control, at; /* initial value as a controller step; -1: default */
        int steps[6];    /* of its controller, ended by -1 */
        int ends;        /* final value */
    } cases[] = {{"far away", BRIGHTNESS, -1, {10, 20, 50, -1}, 64},
                 {"near", BRIGHTNESS, -1, {62, 40, 10, -1}, 10},
                 {"passing upwards", BRIGHTNESS, -1, {10, 40, 90, 100, -1}, 100},
                 {"passing downwards", BRIGHTNESS, -1, {100, 90, 20, 3, -1}, 3},
                 {"a quick movement from its old value", BRIGHTNESS, -1, {64, 127, -1}, 127},
                 {"the first step of a wheel", MOVEMENT, -1, {9, 30, -1}, 30},
                 {"a wheel at rest after a preset", MOVEMENT, 100, {9, 30, -1}, 100},
                 {"takes over when it crosses", MOVEMENT, 100, {9, 120, 30, -1}, 30},
                 {"another value", TB_CONTROL_VOLUME, 100, {64, 80, -1}, 100},
                 {"crossed there", TB_CONTROL_VOLUME, 100, {64, 101, 5, -1}, 5},
                 {"an inverted control", TB_CONTROL_KNOBS + (int)TB_DECAY, 30, {20, 40, 127, -1}, 127}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbLive *l = live_new();
        int number = tb_control_info((TbControl)cases[i].control)->cc;
        if (cases[i].at >= 0) {
            tb_live_set_control(l, (TbControl)cases[i].control,
                                tb_control_from_cc((TbControl)cases[i].control, cases[i].at));
        }
        render(l);
        for (size_t k = 0; cases[i].steps[k] >= 0; k++)
            move_controller(l, number, cases[i].steps[k]);
        if (!control_value(l, cases[i].control, cases[i].ends))
            fail_msg("%s: %f", cases[i].what, (double)tb_live_control(l, (TbControl)cases[i].control));
        live_player_free(l);
    }
}

/* A control that is changed elsewhere is released by its controller. */
static void test_release(void **state) {
    (void)state;
    TbLive *l = live_new();
    move_controller(l, 74, 64);
    move_controller(l, 74, 80);
    assert_true(control_value(l, BRIGHTNESS, 80));
    tb_live_set_control(l, (TbControl)BRIGHTNESS, -3);
    render(l);
    move_controller(l, 74, 81);
    assert_true(tb_live_control(l, (TbControl)BRIGHTNESS) == -3);
    move_controller(l, 74, 1);
    move_controller(l, 74, 40);
    assert_true(control_value(l, BRIGHTNESS, 40));
    move_controller(l, 18, 39); /* the other controller of this control takes over */
    move_controller(l, 18, 100);
    move_controller(l, 74, 42);
    assert_true(control_value(l, BRIGHTNESS, 100));
    live_player_free(l);
}

/* ---- the map ---- */

static void test_default_map(void **state) {
    (void)state;
    TbMidiMap map, back;
    tb_midi_map_defaults(&map);
    for (int i = 0; i < TB_CONTROLS; i++)
        assert_int_equal(map.control[tb_control_info((TbControl)i)->cc], i);
    assert_int_equal(map.control[18], BRIGHTNESS);
    assert_int_equal(map.control[19], BRIGHTNESS + 1);
    static const int others[] = {0, 6, 10, 11, 32, 38, 64, 66, 98, 99, 100, 101, 120, 121, 123};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(map.control[others[i]], -1);
    TbLive *l = live_new();
    tb_live_get_map(l, &back);
    assert_memory_equal(&map, &back, sizeof map);
    map.control[20] = TB_CONTROL_WIDTH;
    map.control[21] = 99; /* invalid */
    map.control[22] = -7;
    tb_live_set_map(l, &map);
    tb_live_get_map(l, &back);
    assert_int_equal(back.control[20], TB_CONTROL_WIDTH);
    assert_int_equal(back.control[21], -1);
    assert_int_equal(back.control[22], -1);
    live_player_free(l);
}

static void test_learning(void **state) {
    (void)state;
    TbLive *l = live_new();
    TbMidiMap map;
    assert_int_equal(tb_live_learning(l), -1);
    tb_live_learn(l, TB_CONTROL_WIDTH);
    render(l);
    assert_int_equal(tb_live_learning(l), TB_CONTROL_WIDTH);
    static const int passed[] = {0, 6, 32, 38, 64, 66, 96, 101, 120, 121};
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
        move_controller(l, passed[i], 0);
        assert_int_equal(tb_live_learning(l), TB_CONTROL_WIDTH);
    }
    static const int gesture[] = {
        30, 50, 70, 90}; /* one gesture suffices: the controller is learned and takes over when it crosses the value */
    for (size_t i = 0; i < 4; i++)
        move_controller(l, 11, gesture[i]);
    assert_int_equal(tb_live_learning(l), -1);
    assert_true(control_value(l, TB_CONTROL_WIDTH, 90));
    tb_live_get_map(l, &map);
    assert_int_equal(map.control[11], TB_CONTROL_WIDTH);
    assert_int_equal(map.control[77], TB_CONTROL_WIDTH);
    tb_live_learn(l, 1000);
    assert_int_equal(tb_live_learning(l), -1);
    live_player_free(l);
}

/* Controllers of MPE member channels are not mapped. */
static void test_mpe_members_are_not_mapped(void **state) {
    (void)state;
    TbLive *l = live_new();
    for (int i = 0; i < 3; i++) {
        static const uint8_t zone[3][3] = {{0xb0, 101, 0}, {0xb0, 100, 6}, {0xb0, 6, 15}};
        tbi_audio_thread_send(&l->thread, 3, zone[i], 3);
    }
    for (int i = 0; i < 20; i++)
        render(l);
    tb_live_learn(l, TB_CONTROL_WIDTH);
    move_controller(l, 74, 64);
    move_controller(l, 74, 100);
    assert_true(tb_live_control(l, (TbControl)BRIGHTNESS) == 0);
    assert_int_equal(tb_live_learning(l), TB_CONTROL_WIDTH);
    live_player_free(l);
}

static void test_programs(void **state) {
    (void)state;
    TbLive *l = live_new();
    assert_int_equal(tb_live_program(l), -1);
    tbi_audio_thread_send(&l->thread, 2, (const uint8_t[]){0xc5, 3}, 2);
    tbi_audio_thread_send(&l->thread, 2, (const uint8_t[]){0xc0, 9}, 2);
    render(l);
    assert_int_equal(tb_live_program(l), 9);
    assert_int_equal(tb_live_program(l), -1);
    live_player_free(l);
}

/* ---- byte parser ---- */

static void test_bytes(void **state) {
    (void)state;
    static const struct {
        const char *what;
        size_t n;
        uint8_t in[16];
        const char *out; /* messages in hexadecimal, a dot after each */
    } cases[] = {
        {"whole", 3, {0x90, 60, 100}, "903c64."},
        {"running status", 5, {0x90, 60, 100, 64, 0}, "903c64.904000."},
        {"of two bytes", 4, {0xc3, 5, 6, 7}, "c305.c306.c307."},
        {"a clock between", 4, {0x90, 0xf8, 60, 100}, "903c64."},
        {"reset between", 4, {0x90, 60, 0xff, 100}, "ff.903c64."},
        {"exclusive ends running status", 9, {0x90, 60, 100, 0xf0, 1, 2, 0xf7, 60, 100}, "903c64.f00102f7."},
        {"exclusive that is too long", 16, {0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xf7, 0x90, 60, 1}, "903c01."},
        {"exclusive of full length", 12, {0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xf7}, "f00102030405060708090af7."},
        {"end alone", 4, {0xf7, 0x90, 60, 1}, "903c01."},
        {"exclusive without an end", 6, {0xf0, 1, 2, 0x80, 60, 0}, "803c00."},
        {"song position", 6, {0xf2, 1, 2, 0xb0, 7, 9}, "b00709."},
        {"data alone", 3, {1, 2, 3}, ""},
        {"cut short", 5, {0x90, 60, 0x80, 61, 0}, "803d00."}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        MidiParser m = {.n = 0};
        char text[100] = "";
        for (size_t k = 0; k < cases[i].n; k++) {
            uint8_t out[TB_SONG_MESSAGE];
            size_t n = tbi_midi_parser_push(&m, cases[i].in[k], out);
            for (size_t b = 0; b < n; b++)
                sprintf(text + strlen(text), "%02x%s", out[b], b + 1 == n ? "." : "");
        }
        assert_string_equal(text, cases[i].out);
    }
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_takeover, test_release, test_default_map, test_learning,
                     test_mpe_members_are_not_mapped, test_programs, test_bytes);
}
