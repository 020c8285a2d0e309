/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jams of small networks: what is heard is what is kept, in one key, in time, from all threads. */
#include "tests/jam_played.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

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
                     test_key_and_chords, test_late, test_in_time, test_bad_options, test_threads);
}
