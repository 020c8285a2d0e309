/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jams of small networks: what is asked for begins at the right bar, undone and in one key; what is heard is what is
 * kept. */
#include "jam/internal.h"
#include "tests/composed.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { RATE = 48000, BLOCK = 500, NOTES = 65536 };

typedef struct {
    TbJam *jam;
    uint64_t on[NOTES]; /* samples at which notes begin */
    uint8_t channel[NOTES];
    size_t n;
} Listener;

static Listener listener;

static bool hear(void *context, size_t offset, const uint8_t *m, size_t n_bytes) {
    Listener *l = context;
    assert_int_equal(n_bytes, 3);
    if (m[0] >> 4 == 9) {
        assert_true(l->n < NOTES);
        l->channel[l->n] = m[0] & 15;
        l->on[l->n++] = l->jam->player.sample + offset;
    }
    return true;
}

static TbJamOptions options_of(uint64_t seed) {
    TbJamOptions o;
    tb_jam_defaults(&o);
    o.seed = seed;
    o.tempo = 240;
    o.tonic = 2;
    o.minor = true;
    o.chords = "Dm Bb F C";
    for (int i = 0; i < 4; i++)
        o.part[i].mode = TB_JAM_LOOP;
    return o;
}

static TbJam *jam_of(const TbJamOptions *o) {
    TbJam *jam = NULL;
    if (tb_jam_new(&models, o, &jam))
        fail_msg("%s", tb_error_text(tb_jam_new(&models, o, &jam)));
    listener.jam = jam;
    listener.n = 0;
    return jam;
}

/* Plays n samples; with `works` the writer does all that is due after each block. */
static void play(TbJam *jam, uint64_t n, bool works) {
    for (uint64_t at = 0; at < n; at += BLOCK) {
        tbi_jam_player_block(&jam->player, (size_t)(n - at < BLOCK ? n - at : BLOCK), hear, &listener);
        if (works)
            tb_jam_work(jam);
    }
}

static void play_to_bar(TbJam *jam, uint64_t bar) {
    while (!jam->player.begun || jam->player.bar < bar)
        play(jam, BLOCK, true);
}

static TbJamPartState state_of(TbJam *jam, int part) {
    TbJamState s;
    tb_jam_state(jam, &s);
    return s.part[part];
}

static void press(TbJam *jam, int part, TbJamAction action, double value) {
    if (tb_jam_press(jam, part, action, value))
        fail_msg("%s", tb_error_text(tb_jam_press(jam, part, action, value)));
}

/* ---- */

static void test_what_is_heard_is_kept(void **state) {
    (void)state;
    TbJamOptions o = options_of(1);
    o.part[3].mode = TB_JAM_GENERATE;
    TbScore score;
    TbJam *jam = jam_of(&o);
    play_to_bar(jam, 4);
    assert_int_equal(tb_jam_set(jam, TB_JAM_TEMPO, 133), TB_OK);
    press(jam, 1, TB_JAM_RESET_AND_GENERATE, 0);
    press(jam, 2, TB_JAM_MUTE, 1);
    play_to_bar(jam, 12);
    press(jam, 2, TB_JAM_MUTE, 0);
    assert_int_equal(tb_jam_set(jam, TB_JAM_TEMPO, 97.3), TB_OK);
    play_to_bar(jam, 17);
    play(jam, 60 * RATE * 4 / 97 - 2 * BLOCK, true); /* nearly the whole of it */
    assert_int_equal(jam->player.bar, 17);
    assert_int_equal(tb_jam_session(jam, &score), TB_OK);
    assert_int_equal(score.end, 18 * 4 * TB_JAM_TICKS);
    assert_int_equal(score.n_notes, listener.n);
    size_t found = 0;
    for (size_t i = 0; i < score.n_notes; i++) {
        const double at = tb_score_seconds(&score, score.notes[i].onset) * RATE;
        for (size_t k = 0; k < listener.n; k++)
            if (listener.channel[k] == score.parts[score.notes[i].part].channel &&
                fabs((double)listener.on[k] - at) <= 1) {
                found++;
                break;
            }
    }
    assert_int_equal(found, score.n_notes);
    assert_true(score.n_tempos == 3 && score.n_keys == 1 && score.n_chords >= 16);
    tb_score_free(&score);
    tb_jam_free(jam);
}

static void test_same_seed_same_notes(void **state) {
    (void)state;
    TbScore score[2];
    for (int i = 0; i < 2; i++) {
        TbJamOptions o = options_of(4);
        for (int p = 0; p < 4; p++)
            o.part[p].mode = TB_JAM_GENERATE;
        TbJam *jam = jam_of(&o);
        play_to_bar(jam, 20);
        assert_int_equal(tb_jam_session(jam, &score[i]), TB_OK);
        tb_jam_free(jam);
    }
    assert_int_equal(score[0].n_notes, score[1].n_notes);
    assert_true(score[0].n_notes > 50);
    assert_memory_equal(score[0].notes, score[1].notes, score[0].n_notes * sizeof *score[0].notes);
    for (int i = 0; i < 2; i++)
        tb_score_free(&score[i]);
}

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

/* A key change takes all parts at one bar; what was in key or chord is in the new ones. */
static void test_key_and_chords(void **state) {
    (void)state;
    static const unsigned scale = 0xAB5;
    const TbJamOptions o = options_of(7);
    TbScore score;
    TbJam *jam = jam_of(&o);
    play_to_bar(jam, 2);
    assert_int_equal(tb_jam_set_key(jam, 4, false), TB_OK);
    tb_jam_work(jam);
    play_to_bar(jam, 11);
    assert_int_equal(tb_jam_set_chords(jam, "E B7 | C#m | A | B"), TB_OK);
    tb_jam_work(jam);
    play_to_bar(jam, 16);
    TbJamState s;
    tb_jam_state(jam, &s);
    assert_string_equal(s.chords, "E B7 | C#m | A | B");
    assert_int_equal(s.key.tonic, 4);
    assert_int_equal(tb_jam_set_chords(jam, "E what"), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_set_chords(jam, "E A B"), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_session(jam, &score), TB_OK);
    assert_int_equal(score.n_keys, 2);
    assert_int_equal(score.keys[1].tick, 3 * 4 * TB_JAM_TICKS);
    assert_int_equal(score.keys[1].sharps, 4);
    size_t n = 0, in = 0;
    for (size_t i = 0; i < score.n_notes; i++) {
        const TbScoreNote *note = &score.notes[i];
        TbChord chord = {-1, 0, -1};
        if (note->onset < score.keys[1].tick || score.parts[note->part].channel == TB_SCORE_DRUM_CHANNEL)
            continue;
        for (size_t k = 0; k < score.n_chords && score.chords[k].tick <= note->onset; k++)
            tb_chord_parse(score.chords[k].text, &chord);
        n++;
        in += (scale >> (note->pitch + 120 - 4) % 12 & 1) || (tb_chord_pitches(chord) >> note->pitch % 12 & 1);
    }
    printf("%zu of %zu notes are in key or chord\n", in, n);
    assert_true(n > 20 && in == n); /* all notes of these loops were in the key or chord they were written for */
    tb_score_free(&score);
    tb_jam_free(jam);
}

/* With a writer that never comes, the parts loop on, and it is counted. */
static void test_late(void **state) {
    (void)state;
    TbJamOptions o = options_of(8);
    o.part[0].mode = TB_JAM_GENERATE;
    TbJamState s;
    TbJam *jam = jam_of(&o);
    play(jam, 10 * RATE, false); /* 10 bars: turns at 2, 4, 6, 8, 10, expected from bar 0 on */
    tb_jam_state(jam, &s);
    assert_int_equal(s.late, 4);
    assert_true(listener.n > 20);
    const uint64_t late = s.late;
    play_to_bar(jam, 30);
    tb_jam_state(jam, &s);
    assert_int_equal(s.late, late + 1); /* the turn at which writing began again */
    tb_jam_free(jam);
}

/* Loops of one bar, and those that begin at any bar, are not late because they begin early. */
static void test_in_time(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        TbJamOptions o = options_of(13);
        o.part[0] = (TbJamPart){TB_ROLE_DRUMS, i ? 2 : 1, TB_JAM_GENERATE};
        o.part[3].mode = i ? TB_JAM_GENERATE : TB_JAM_LOOP;
        TbJamState s;
        TbJam *jam = jam_of(&o);
        assert_int_equal(tb_jam_set(jam, TB_JAM_QUANTISE, i), TB_OK);
        play_to_bar(jam, 24);
        tb_jam_state(jam, &s);
        assert_int_equal(s.late, 0);
        assert_true(s.written > 8);
        tb_jam_free(jam);
    }
}

static void test_bad_options(void **state) {
    (void)state;
    TbJam *jam;
    TbJamOptions o = options_of(1);
    o.n_parts = 9;
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_ERR_ARGUMENT);
    o = options_of(1);
    o.part[1].bars = 3;
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_ERR_ARGUMENT);
    o = options_of(1);
    o.part[1].role = TB_ROLE_DRUMS;
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_ERR_ARGUMENT);
    o = options_of(1);
    o.chords = "C D E";
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_ERR_ARGUMENT);
    o = options_of(1);
    o.tempo = 301;
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_ERR_ARGUMENT);
    o = options_of(1);
    o.numerator = 33;
    o.denominator = 16;
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_ERR_UNSUPPORTED);
    o = options_of(1);
    assert_int_equal(tb_jam_new(&(TbMusicModels){.rhythm = models.rhythm}, &o, &jam), TB_ERR_UNSUPPORTED);
    jam = jam_of(&o);
    assert_int_equal(tb_jam_press(jam, 4, TB_JAM_ONCE, 0), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_press(jam, -1, TB_JAM_ONCE, 0), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_press(jam, 0, TB_JAM_ACTIONS, 0), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_press(jam, 0, TB_JAM_VARY, 1.5), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_press(jam, 0, TB_JAM_LENGTH, 3), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_press(jam, 0, TB_JAM_SET_MODE, 3), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_set(jam, TB_JAM_CONTROLS, 1), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_set(jam, TB_JAM_TEMPO, NAN), TB_ERR_ARGUMENT);
    assert_int_equal(tb_jam_set_key(jam, 12, false), TB_ERR_ARGUMENT);
    tb_jam_free(jam);
}

/* ---- threads ---- */

static atomic_bool over;

static void *render(void *jam) {
    TbJam *j = jam;
    while (!atomic_load(&over)) {
        play(j, BLOCK, false);
        nanosleep(&(struct timespec){.tv_nsec = 200 * 1000}, NULL);
        listener.n = 0;
    }
    return NULL;
}

/* A thread plays, one writes, one asks for all there is and looks. */
static void test_threads(void **state) {
    (void)state;
    TbJamOptions o = options_of(9);
    o.tempo = 300;
    o.part[3].mode = o.part[0].mode = TB_JAM_GENERATE;
    TbJam *jam = jam_of(&o);
    TbJamState s = {.bar = 0};
    TbRng rng;
    pthread_t thread;
    atomic_store(&over, false);
    tb_rng_seed(&rng, 4);
    assert_int_equal(tb_jam_start(jam), TB_OK);
    assert_int_equal(tb_jam_start(jam), TB_ERR_BUSY);
    assert_int_equal(pthread_create(&thread, NULL, render, jam), 0);
    for (int i = 0; i < 300 || (i < 15000 && (s.bar < 2 || s.written < 6)); i++) {
        TbScore score;
        const TbJamAction action = (TbJamAction)(tb_rng_next(&rng) % TB_JAM_ACTIONS);
        const double value = action == TB_JAM_LENGTH ? 4 : action == TB_JAM_VARY ? 0.5 : 1;
        tb_ignore(tb_jam_press(jam, (int)(tb_rng_next(&rng) % 4), action, value)); /* a part may be locked */
        if (i % 10 == 0)
            assert_int_equal(tb_jam_set_key(jam, i / 10 % 12, i % 20 == 0), TB_OK);
        assert_int_equal(tb_jam_set(jam, (TbJamControl)(i % TB_JAM_CONTROLS), i % TB_JAM_CONTROLS ? 1 : 300), TB_OK);
        tb_jam_state(jam, &s);
        if (i % 30 == 0) {
            assert_int_equal(tb_jam_session(jam, &score), TB_OK);
            tb_score_free(&score);
        }
        nanosleep(&(struct timespec){.tv_nsec = 2 * 1000 * 1000}, NULL);
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    tb_jam_state(jam, &s);
    assert_true(s.bar > 1 && s.written > 4);
    assert_int_equal(s.failed, 0);
    tb_jam_free(jam);
}

int main(void) {
    return RUN_TESTS(compose_setup, compose_teardown, test_what_is_heard_is_kept, test_same_seed_same_notes,
                     test_actions_begin_in_time, test_two_presses_are_one, test_undo, test_lock, test_key_and_chords,
                     test_late, test_in_time, test_what_waits_is_withdrawn, test_undo_that_does_not_begin,
                     test_begun_unnoticed, test_bad_options, test_threads);
}
