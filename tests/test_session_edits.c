/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits: undo steps of movements, A/B comparison, saving presets, MIDI learn. */
#include "tests/fake_session.h"

static void test_compare(void **state) {
    (void)state;
    tb_session_set_control(fake.session, BRIGHTNESS, 1);
    tb_session_select_b(fake.session, true);
    TbSessionState s = settled();
    assert_true(s.b && s.changed && !s.can_undo && s.preset.control[BRIGHTNESS] == 1);
    assert_int_equal(tb_session_set_sound(fake.session, 0, "slow:8"), TB_OK);
    settled();
    tb_session_set_control(fake.session, BRIGHTNESS, -1);
    int loads = atomic_load(&fake.loads);
    for (int i = 0; i < 3; i++) {
        tb_session_select_b(fake.session, false);
        s = settled();
        assert_true(!s.b && s.preset.control[BRIGHTNESS] == 1 && control_value(BRIGHTNESS) == 1);
        assert_string_equal(s.preset.sound[0], "seed:1");
        tb_session_select_b(fake.session, true);
        s = settled();
        assert_true(s.b && s.preset.control[BRIGHTNESS] == -1 && control_value(BRIGHTNESS) == -1);
        assert_string_equal(s.preset.sound[0], "slow:8");
    }
    assert_int_equal(atomic_load(&fake.loads), loads);                           /* nothing has to be loaded */
    assert_true(tb_session_undo(fake.session) && tb_session_undo(fake.session)); /* each side has its own history */
    assert_string_equal(settled().preset.sound[0], "seed:1");
    tb_session_select_b(fake.session, false);
    assert_true(settled().can_undo);
}

/* A continuous movement is one step. */
static void test_undo_controls(void **state) {
    (void)state;
    for (int i = 1; i <= 100; i++) {
        assert_true(tb_session_set_control(fake.session, TB_CONTROL_X, (float)i / 100));
        assert_true(tb_session_set_control(fake.session, TB_CONTROL_Y, (float)i / 200));
    }
    for (int i = 1; i <= 100; i++)
        assert_true(tb_session_set_control(fake.session, BRIGHTNESS, (float)i / 50));
    assert_true(now().changed);
    assert_true(tb_session_undo(fake.session));
    assert_true(control_value(BRIGHTNESS) == 0 && control_value(TB_CONTROL_X) == 1);
    assert_true(tb_session_undo(fake.session));
    assert_true(control_value(TB_CONTROL_X) == 0.5f && control_value(TB_CONTROL_Y) == 0.5f);
    assert_false(now().changed);
    assert_false(tb_session_undo(fake.session));
    assert_true(tb_session_redo(fake.session) && tb_session_redo(fake.session));
    assert_true(control_value(BRIGHTNESS) == 2);
    assert_false(tb_session_redo(fake.session));
    assert_true(now().changed && !now().can_redo);
    /* Out of range, NaN, unknown control. */
    assert_true(tb_session_set_control(fake.session, BRIGHTNESS, 99));
    assert_true(control_value(BRIGHTNESS) == 3);
    assert_false(tb_session_set_control(fake.session, BRIGHTNESS, NAN));
    assert_false(tb_session_set_control(fake.session, TB_CONTROLS, 0));
    assert_false(tb_session_set_control(fake.session, (TbControl)-1, 0));
    /* A new edit replaces the undone ones. */
    assert_true(tb_session_undo(fake.session));
    assert_true(tb_session_set_control(fake.session, TB_CONTROL_WIDTH, 1));
    assert_false(tb_session_redo(fake.session));
    /* The history is limited. */
    for (int i = 0; i < 3 * EDIT_HISTORY_STEPS; i++) {
        assert_true(
            tb_session_set_control(fake.session, i % 2 ? TB_CONTROL_REVERB : TB_CONTROL_WIDTH, (float)(i % 10) / 10));
    }
    int steps = 0;
    while (tb_session_undo(fake.session))
        steps++;
    assert_int_equal(steps, EDIT_HISTORY_STEPS - 1);
}

static void test_save(void **state) {
    (void)state;
    tb_session_set_control(fake.session, BRIGHTNESS, 1.25f);
    assert_true(now().changed);
    uint64_t changes = now().changes;
    assert_int_equal(tb_session_save(fake.session, "a/b", NULL), TB_ERR_ARGUMENT);
    assert_true(now().changed && now().last_error[0]);
    assert_int_equal(tb_session_save(fake.session, "Mine", "As I like it."), TB_OK);
    TbSessionState s = now();
    assert_true(!s.changed && s.changes > changes);
    assert_string_equal(s.preset.name, "Mine");
    TbPreset back;
    assert_int_equal(tb_preset_read(fake.folder.path, "mine", &back), TB_OK);
    assert_true(back.control[BRIGHTNESS] == 1.25f);
    assert_string_equal(back.text, "As I like it.");
    assert_true(tb_session_undo(fake.session));
    assert_true(now().changed); /* since it was saved */
    assert_int_equal(tb_session_load_named(fake.session, "MINE"), TB_OK);
    s = settled();
    assert_true(!s.changed && s.preset.control[BRIGHTNESS] == 1.25f);
    /* By number, as for a program change: user presets follow the factory presets. */
    tb_session_set_control(fake.session, BRIGHTNESS, 0);
    assert_true(tb_factory_preset_count() < 128);
    assert_true(tb_live_send(fake.live, (const uint8_t[]){0xc0, (uint8_t)tb_factory_preset_count()}, 2));
    wait_for_blocks();
    tb_session_poll(fake.session);
    s = settled();
    assert_true(s.preset.control[BRIGHTNESS] == 1.25f && !s.changed);
    assert_int_equal(tb_session_remove(fake.session, "Mine"), TB_OK);
    assert_int_equal(tb_session_load_named(fake.session, "Mine"), TB_ERR_NOT_FOUND);
}

/* Controls set elsewhere are captured and can be undone. */
static void test_capture_controls(void **state) {
    (void)state;
    assert_false(now().changed);
    for (int i = 1; i <= 20; i++) {
        tb_live_set_control(fake.live, BRIGHTNESS, (float)i / 10);
        tb_session_poll(fake.session);
    }
    TbSessionState s = now();
    assert_true(s.changed && s.can_undo && s.preset.control[BRIGHTNESS] == 2);
    assert_true(tb_session_undo(fake.session));
    assert_true(control_value(BRIGHTNESS) == 0 && !now().can_undo);
}

/* Another session on the same player, while nothing plays. */
static TbSession *second_session(void) {
    TbSessionOptions options = fake.session->options;
    TbSession *second;
    options.first = NULL;
    assert_int_equal(tb_default_model(&options.model), TB_OK);
    assert_int_equal(tb_session_new(&options, &fake.first, &second), TB_OK);
    return second;
}

static void test_map(void **state) {
    (void)state;
    TbMidiMap map;
    tb_session_poll(fake.session);
    assert_int_not_equal(access(fake.map, F_OK), 0); /* nothing learned, nothing saved */
    tb_live_learn(fake.live, BRIGHTNESS);            /* with real controller movements */
    assert_true(tb_live_send(fake.live, (const uint8_t[]){0xb0, 22, 3}, 3));
    wait_for_blocks();
    tb_session_poll(fake.session);
    assert_int_equal(access(fake.map, F_OK), 0);
    TbSession *second;
    TbMidiMap learned, default_value;
    tb_live_get_map(fake.live, &learned);
    assert_int_equal(learned.control[22], BRIGHTNESS);
    tb_midi_map_defaults(&default_value);
    assert_memory_not_equal(&learned, &default_value, sizeof default_value);
    tb_live_set_map(fake.live, &default_value);
    second = second_session();
    tb_live_get_map(fake.live, &map);
    assert_memory_equal(&map, &learned, sizeof map);
    tb_session_free(second);
    /* A damaged map is reported and ignored. */
    static const char *const bad[] = {"",
                                      "{}",
                                      "{\"timbrel_midi_map\": 1}",
                                      "{\"timbrel_midi_map\": 1, \"controllers\": {\"128\": \"x\"}}",
                                      "{\"timbrel_midi_map\": 1, \"controllers\": {\"-1\": \"x\"}}",
                                      "{\"timbrel_midi_map\": 1, \"controllers\": {\"7\": 7}}",
                                      "{\"timbrel_midi_map\": 3, \"controllers\": {}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TbSessionState s;
        assert_int_equal(tb_write_file(fake.map, bad[i], strlen(bad[i])), TB_OK);
        second = second_session();
        tb_session_state(second, &s);
        assert_true(s.last_error[0]);
        tb_live_get_map(fake.live, &map);
        assert_memory_equal(&map, &learned, sizeof map);
        tb_live_set_map(fake.live, &default_value); /* learned now: the file is not written over */
        tb_session_poll(second);
        void *kept = NULL;
        size_t n = 0;
        assert_int_equal(tb_read_file(fake.map, 1000, &kept, &n), TB_OK);
        assert_int_equal(n, strlen(bad[i]));
        assert_memory_equal(kept, bad[i], n);
        free(kept);
        tb_live_set_map(fake.live, &learned);
        tb_session_free(second);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SESSION_TEST(test_compare),          SESSION_TEST(test_undo_controls), SESSION_TEST(test_save),
        SESSION_TEST(test_capture_controls), SESSION_TEST(test_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
