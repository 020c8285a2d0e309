/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Controls: the table, MIDI controllers, the effect on an engine; and handover from one engine to another. */
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEVEL_DB 0.1
enum {
    RATE = 48000,
    BRIGHTNESS = TB_CONTROL_KNOBS + (int)TB_BRIGHTNESS,
    MOVEMENT = TB_CONTROL_KNOBS + (int)TB_MOVEMENT
};

static TbEngine *engine_of(bool limit, double gain, uint64_t seed) {
    TbEngine *e;
    TbEngineOptions options = played_options(RATE, 4);
    options.limit = limit;
    options.gain = gain;
    options.seed = seed;
    assert_int_equal(tb_engine_new(played.model, &options, &e), TB_OK);
    tb_engine_set_corners(e, (const TbInstrument *[TB_PARTS]){played.clarinet, played.piano}, 2);
    return e;
}

static double db(const float *x, size_t n) {
    double sum = 1e-20;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return 10 * log10(sum / (double)n);
}

/* ---- the table ---- */

static void test_table(void **state) {
    (void)state;
    bool taken[128] = {false};
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        assert_int_equal(tb_control_find(c->name), i);
        assert_true(c->low < c->high && c->low <= c->default_value && c->default_value <= c->high);
        assert_true(c->cc > 0 && c->cc < 120 && !taken[c->cc]);
        taken[c->cc] = true;
    }
    for (int k = 0; k < TB_KNOBS; k++) {
        const TbControlInfo *c = tb_control_info((TbControl)(TB_CONTROL_KNOBS + k));
        const TbAttributeInfo *a = tb_attribute_info(k);
        assert_string_equal(c->name, a->name);
        assert_string_equal(c->low_label, a->low);
        assert_string_equal(c->high_label, a->high);
    }
    assert_int_equal(tb_control_find("loudness"), -1);
}

static void test_controllers(void **state) {
    (void)state;
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        bool wheel = i == MOVEMENT;
        assert_true(tb_control_from_cc((TbControl)i, wheel ? 0 : 64) == c->default_value);
        assert_true(tb_control_from_cc((TbControl)i, 127) == (c->cc_falls ? c->low : c->high));
        assert_true(wheel || tb_control_from_cc((TbControl)i, 0) == (c->cc_falls ? c->high : c->low));
        for (int value = 0; value < 128; value++) {
            float x = tb_control_from_cc((TbControl)i, value);
            assert_true(x >= c->low && x <= c->high);
            assert_true(fabsf(tb_control_to_cc((TbControl)i, x) - (float)value) < 1e-3f);
        }
        for (int far = -1; far <= 1; far += 2) {
            float step = tb_control_to_cc((TbControl)i, (float)far * 1e9f);
            assert_true(step == 0 || step == 127);
        }
    }
}

/* ---- effect on an engine ---- */

/* Half a second of a clarinet note after setting a control; left channel. */
static void note_with(int control, float value, float *left) {
    static float right[RATE];
    TbEngine *e = engine_of(false, 0, 1);
    tb_engine_set_control(e, TB_CONTROL_X, 0);
    tb_engine_set_control(e, TB_CONTROL_REVERB, 0);
    if (control >= 0)
        tb_engine_set_control(e, (TbControl)control, value);
    tb_engine_render(e, left, right, RATE);
    engine_send(e, 0, 0x90, 60, 100);
    tb_engine_render(e, left, right, RATE / 2);
    tb_engine_free(e);
}

static void test_values(void **state) {
    (void)state;
    static float default_value[RATE], other[RATE];
    note_with(-1, 0, default_value);
    double level = db(default_value, RATE / 2);
    static const struct {
        float value;
        double db;
    } volumes[] = {{-20, -20}, {6, 6}, {100, 6}, {NAN, 0}};
    for (size_t i = 0; i < 4; i++) {
        note_with(TB_CONTROL_VOLUME, volumes[i].value, other);
        printf("volume %g: %.2f dB\n", (double)volumes[i].value, db(other, RATE / 2) - level);
        assert_true(fabs(db(other, RATE / 2) - level - volumes[i].db) < LEVEL_DB);
    }
    note_with(TB_CONTROL_VOLUME, -60, other);
    assert_true(db(other, RATE / 2) < -190);
    note_with(TB_CONTROL_X, 1, other); /* the piano */
    assert_memory_not_equal(default_value, other, sizeof default_value / 2);
    note_with(BRIGHTNESS, 2, other);
    assert_memory_not_equal(default_value, other, sizeof default_value / 2);
}

/* A channel's controller and the control add up. */
static void test_knobs_are_added(void **state) {
    (void)state;
    static float by_cc[RATE], by_set[RATE], by_both[RATE], right[RATE];
    float *const out[] = {by_cc, by_set, by_both};
    static const struct {
        int cc;
        float set;
    } cases[] = {{96, 0}, {64, 1}, {80, 0.5f}}; /* 2 standard deviations from centre to end */
    for (size_t i = 0; i < 3; i++) {
        TbEngine *e = engine_of(true, 0, 1);
        engine_send(e, 0, 0xb0, 74, cases[i].cc);
        tb_engine_set_control(e, (TbControl)BRIGHTNESS, cases[i].set);
        tb_engine_render(e, out[i], right, RATE);
        engine_send(e, 0, 0x90, 60, 100);
        tb_engine_render(e, out[i], right, RATE / 4);
        tb_engine_free(e);
    }
    assert_true(db(by_cc, RATE / 4) > -60);
    assert_memory_equal(by_cc, by_set, RATE / 4 * sizeof *by_cc);
    assert_memory_equal(by_cc, by_both, RATE / 4 * sizeof *by_cc);
}

static void test_corners_under_a_note(void **state) {
    (void)state;
    static float plain[2 * RATE], swapped[2 * RATE], right[2 * RATE];
    const TbInstrument *const other[TB_PARTS] = {played.kick};
    for (int swap = 0; swap < 2; swap++) {
        TbEngine *e = engine_of(true, 0, 1);
        float *out = swap ? swapped : plain;
        engine_send(e, 0, 0x90, 60, 100);
        tb_engine_render(e, out, right, RATE / 2);
        if (swap) {
            tb_engine_set_corners(e, other, 1);
            assert_true(tb_engine_uses(e, played.clarinet) && tb_engine_uses(e, played.kick));
        }
        tb_engine_render(e, out + RATE / 2, right, RATE);
        engine_send(e, 0, 0x80, 60, 0);
        tb_engine_render(e, out + RATE * 3 / 2, right, RATE / 2);
        for (int i = 0; i < 10; i++) {
            assert_true(tb_engine_uses(e, played.clarinet) == (!swap || tb_engine_active_voices(e) > 0));
            tb_engine_render(e, right, right, RATE);
        }
        assert_int_equal(tb_engine_active_voices(e), 0);
        tb_engine_free(e);
    }
    assert_memory_equal(plain, swapped, sizeof plain); /* sounding notes do not change by a single sample */
}

/* ---- handover ---- */

enum { AT = 30011, END = 4 * RATE };

/* A note and a pedal, with or without handover to another engine. */
static void with_handover(bool swap, double gain, float *left, float *right) {
    TbEngine *e = engine_of(true, gain, 1), *predecessor = NULL;
    engine_send(e, 0, 0xb0, 64, 127);
    engine_send(e, 0, 0x90, 60, 100);
    engine_send(e, 0, 0x90, 67, 100);
    tb_engine_render(e, left, right, AT);
    engine_send(e, 0, 0x80, 60, 0);
    if (swap) {
        predecessor = e;
        e = engine_of(true, gain, 2);
        tb_engine_take_over(e, predecessor);
        assert_null(tb_engine_take_retired(e));
    }
    tb_engine_set_control(e, TB_CONTROL_VOLUME, -6);
    tb_engine_render(e, left + AT, right + AT, 10000);
    engine_send(e, 0, 0xb0, 64, 0);
    engine_send(e, 0, 0x80, 67, 0);
    tb_engine_render(e, left + AT + 10000, right + AT + 10000, END - AT - 10000);
    for (int i = 0; swap && i < 20; i++) {
        static float more[2][RATE];
        tb_engine_render(e, more[0], more[1], RATE);
    }
    if (swap) {
        assert_ptr_equal(tb_engine_take_retired(e), predecessor);
        assert_null(tb_engine_take_retired(e));
    }
    tb_engine_free(predecessor);
    tb_engine_free(e);
}

/* With the limiter idle and active: no gap and no difference. */
static void test_handover_is_seamless(void **state) {
    (void)state;
    static float alone[2][END], both[2][END];
    for (int gain = 0; gain <= 30; gain += 30) {
        with_handover(false, gain, alone[0], alone[1]);
        with_handover(true, gain, both[0], both[1]);
        assert_true(db(alone[0] + AT, 1000) > -50);
        float rounding = 1e-7f * powf(10, (float)gain / 20); /* of ramps that begin elsewhere on the grid */
        for (int side = 0; side < 2; side++)
            for (size_t i = 0; i < END; i++)
                assert_true(fabsf(alone[side][i] - both[side][i]) < rounding);
    }
}

/* New notes use the pedal, bend and controls set before; queued messages reach both engines. */
static void test_handover_carries_state(void **state) {
    (void)state;
    static float left[RATE], right[RATE];
    TbEngine *predecessor = engine_of(true, 0, 1), *e = engine_of(true, 0, 2);
    engine_send(predecessor, 0, 0xb0, 64, 127);
    engine_send(predecessor, 0, 0x90, 60, 100);
    tb_engine_set_control(predecessor, TB_CONTROL_VOLUME, -60);
    tb_engine_render(predecessor, left, right, RATE);
    const uint8_t up[] = {0xb0, 64, 0}, on[] = {0x90, 64, 100}, off[] = {0x80, 64, 0}, end[] = {0x80, 60, 0};
    assert_true(tb_engine_event(predecessor, 100, on, 3) && tb_engine_event(predecessor, 200, off, 3));
    assert_true(tb_engine_event(predecessor, 300, end, 3));
    tb_engine_take_over(e, predecessor);
    tb_engine_render(e, left, right, RATE / 2);
    assert_int_equal(tb_engine_active_voices(e), 2); /* both held by the pedal */
    assert_int_equal(tb_engine_active_voices(predecessor), 1);
    uint64_t held[2];
    tb_engine_held_keys(e, held);
    assert_true(held[0] == UINT64_C(1) << 60 && held[1] == 1);
    assert_true(db(left, RATE / 2) < -190); /* the volume is still off */
    assert_true(tb_engine_event(e, 0, up, 3));
    for (int i = 0; i < 10; i++)
        tb_engine_render(e, left, right, RATE);
    assert_int_equal(tb_engine_active_voices(e), 0);
    assert_ptr_equal(tb_engine_take_retired(e), predecessor);
    tb_engine_free(predecessor);
    tb_engine_free(e);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_table, test_controllers, test_values, test_knobs_are_added,
                     test_corners_under_a_note, test_handover_is_seamless, test_handover_carries_state);
}
