/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops of a jam: what is asked for begins at the right bar, once; undo, lock. */
#include "tests/jam_played.h"

/* Loops that are written at once begin at the next turn, or the next bar, of the part; all else at the next bar. */
static void test_actions_begin_in_time(void **state) {
    (void)state;
    static const TbJamAction actions[] = {TB_JAM_ONCE,  TB_JAM_RESET_AND_GENERATE, TB_JAM_VARY,
                                          TB_JAM_RESET, TB_JAM_UNDO_LOOP,          TB_JAM_LENGTH};
    TbJamOptions o = options_of(2);
    o.tempo = 300;
    TbJam *jam = jam_of(&o);
    JamPlayer *p = &jam->player;
    TbRng rng;
    tb_rng_seed(&rng, 3);
    play(jam, 1, true);
    for (int i = 0; i < 150; i++) {
        const int part = (int)(tb_rng_next(&rng) % 4);
        const TbJamAction action = actions[tb_rng_next(&rng) % 6];
        const bool at_bars = tb_rng_next(&rng) % 3 == 0;
        const double value = action == TB_JAM_LENGTH ? 1 << tb_rng_next(&rng) % 4 : action == TB_JAM_VARY ? 0.5 : 0;
        play(jam, tb_rng_next(&rng) % 60000, true);
        assert_int_equal(tb_jam_set(jam, TB_JAM_QUANTISE, at_bars), TB_OK);
        const uint64_t bars = (uint64_t)p->part[part].loop->bars, before = p->part[part].loop->source;
        const uint64_t due = at_bars ? p->bar + 1 : (p->bar / bars + 1) * bars;
        const TbJamPartState s = state_of(jam, part);
        if (action == TB_JAM_UNDO_LOOP && s.undo == 0)
            assert_int_equal(tb_jam_press(jam, part, action, 0), TB_ERR_EMPTY);
        else
            press(jam, part, action, value);
        const bool nothing =
            (action == TB_JAM_UNDO_LOOP && s.undo == 0) || (action == TB_JAM_LENGTH && s.bars == value);
        tb_jam_work(jam);
        while (p->bar < due) {
            assert_int_equal(p->part[part].loop->source, before);
            play(jam, BLOCK, true);
        }
        assert_true((p->part[part].loop->source == before) == nothing);
        assert_int_equal(p->bar, due);
        if (action == TB_JAM_RESET)
            assert_int_equal(state_of(jam, part).n_notes, 0);
        if (action == TB_JAM_LENGTH)
            assert_int_equal(state_of(jam, part).bars, (int)value);
    }
    tb_jam_free(jam);
}

static void test_two_presses_are_one(void **state) {
    (void)state;
    const TbJamOptions o = options_of(3);
    TbJamState s, t;
    TbJam *jam = jam_of(&o);
    play_to_bar(jam, 1);
    tb_jam_state(jam, &s);
    for (int i = 0; i < 5; i++) {
        press(jam, 3, TB_JAM_ONCE, 0);
        if (i > 2)
            tb_jam_work(jam);
    }
    play_to_bar(jam, 5);
    tb_jam_state(jam, &t);
    assert_int_equal(t.written, s.written + 1);
    assert_int_equal(t.part[3].undo, 1);
    press(jam, 3, TB_JAM_ONCE, 0); /* of two different ones the last counts */
    press(jam, 3, TB_JAM_RESET, 0);
    tb_jam_work(jam);
    play_to_bar(jam, 9);
    assert_int_equal(state_of(jam, 3).n_notes, 0);
    assert_int_equal(state_of(jam, 3).undo, 2);
    tb_jam_free(jam);
}

static void test_undo(void **state) {
    (void)state;
    const TbJamOptions o = options_of(5);
    uint32_t onsets[TB_JAM_UNDO + 3][TB_JAM_BARS];
    TbJam *jam = jam_of(&o);
    uint64_t bar = 0;
    for (int i = 0; i < TB_JAM_UNDO + 2; i++) {
        memcpy(onsets[i], state_of(jam, 0).onsets, sizeof onsets[i]);
        press(jam, 0, TB_JAM_RESET_AND_GENERATE, 0);
        play_to_bar(jam, bar += 4);
    }
    assert_int_equal(state_of(jam, 0).undo, TB_JAM_UNDO);
    for (int i = TB_JAM_UNDO + 1; i > 1; i--) {
        press(jam, 0, TB_JAM_UNDO_LOOP, 0);
        play_to_bar(jam, bar += 4);
        assert_memory_equal(state_of(jam, 0).onsets, onsets[i], sizeof onsets[i]);
    }
    assert_int_equal(tb_jam_press(jam, 0, TB_JAM_UNDO_LOOP, 0), TB_ERR_EMPTY);
    tb_jam_free(jam);
}

static void test_lock(void **state) {
    (void)state;
    const TbJamOptions o = options_of(6);
    TbJam *jam = jam_of(&o);
    play_to_bar(jam, 1);
    const uint64_t loop = state_of(jam, 1).loop;
    press(jam, 1, TB_JAM_SET_MODE, TB_JAM_LOCK);
    for (int a = TB_JAM_ONCE; a <= TB_JAM_UNDO_LOOP; a++)
        assert_int_equal(tb_jam_press(jam, 1, (TbJamAction)a, 0), TB_ERR_BUSY);
    press(jam, 1, TB_JAM_MUTE, 1);
    play_to_bar(jam, 9);
    assert_int_equal(state_of(jam, 1).loop, loop);
    assert_false(state_of(jam, 1).audible);
    tb_jam_free(jam);
}

/* What generating has got ready, or is about to, does not come to a part that is locked, nor to one that loops again.
 */
static void test_what_waits_is_withdrawn(void **state) {
    (void)state;
    static const TbJamMode modes[] = {TB_JAM_LOCK, TB_JAM_LOOP};
    for (int i = 0; i < 4; i++) {
        const bool written = i < 2;
        TbJamOptions o = options_of(10);
        o.part[3].mode = TB_JAM_GENERATE;
        uint32_t onsets[TB_JAM_BARS];
        TbJam *jam = jam_of(&o);
        if (written)
            play_to_bar(jam, 2);
        else
            play(jam, 2 * RATE + BLOCK, false);
        assert_true(state_of(jam, 3).waiting == written);
        const TbJamPartState before = state_of(jam, 3);
        memcpy(onsets, before.onsets, sizeof onsets);
        press(jam, 3, TB_JAM_SET_MODE, modes[i % 2]);
        play_to_bar(jam, 13);
        assert_memory_equal(state_of(jam, 3).onsets, onsets, sizeof onsets);
        assert_int_equal(state_of(jam, 3).n_notes, before.n_notes);
        assert_int_equal(state_of(jam, 3).undo, 0);
        tb_jam_free(jam);
    }
}

/* An undo that is replaced before it begins has brought nothing back, and lost nothing. */
static void test_undo_that_does_not_begin(void **state) {
    (void)state;
    const TbJamOptions o = options_of(11);
    TbJam *jam = jam_of(&o);
    play_to_bar(jam, 1);
    press(jam, 0, TB_JAM_RESET_AND_GENERATE, 0);
    play_to_bar(jam, 3);
    assert_int_equal(state_of(jam, 0).undo, 1);
    press(jam, 0, TB_JAM_UNDO_LOOP, 0);
    tb_jam_work(jam);
    press(jam, 0, TB_JAM_RESET, 0);
    tb_jam_work(jam);
    play_to_bar(jam, 5);
    assert_int_equal(state_of(jam, 0).n_notes, 0);
    assert_int_equal(state_of(jam, 0).undo, 2);
    tb_jam_free(jam);
}

/* A loop that has begun, though the writer has not heard of it, is known before the next one replaces it. */
static void test_begun_unnoticed(void **state) {
    (void)state;
    const TbJamOptions o = options_of(12);
    TbJam *jam = jam_of(&o);
    play_to_bar(jam, 1);
    press(jam, 0, TB_JAM_RESET_AND_GENERATE, 0);
    tb_jam_work(jam);
    jam->part[0].replaced = jam->part[0].next; /* as if another one had been handed over just after it began */
    jam->part[0].next.source.id = 1000000;
    play_to_bar(jam, 3);
    assert_int_equal(state_of(jam, 0).loop, jam->player.part[0].loop->source);
    assert_int_equal(state_of(jam, 0).undo, 1);
    tb_jam_free(jam);
}

int main(void) {
    return RUN_TESTS(compose_setup, compose_teardown, test_actions_begin_in_time, test_two_presses_are_one, test_undo,
                     test_lock, test_what_waits_is_withdrawn, test_undo_that_does_not_begin, test_begun_unnoticed);
}
