/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies: from scores and back, tick for tick; and what the network is told of earlier notes. */
#include "melody/context.h"
#include "tests/run_tests.h"
#include "tests/small_melodies.h"

static void test_round_trip(void **state) {
    (void)state;
    static const int metres[][2] = {{4, 4}, {3, 4}, {2, 4}, {6, 8}, {5, 4}, {7, 8}};
    for (size_t i = 0; i < sizeof metres / sizeof *metres; i++) {
        TbScore score, back;
        TbMelody melody, again;
        assert_int_equal(small_tune(i, metres[i][0], metres[i][1], &score), TB_OK);
        assert_int_equal(tb_melody_from_score(&score, 0, 0, &melody), TB_OK);
        assert_int_equal(melody.n_bars, 8);
        assert_int_equal(melody.n_notes, score.n_notes);
        assert_int_equal(tb_melody_to_score(&melody, &back), TB_OK);
        assert_int_equal(back.n_notes, score.n_notes);
        for (size_t k = 0; k < score.n_notes; k++) {
            assert_int_equal(back.notes[k].onset, score.notes[k].onset);
            assert_int_equal(back.notes[k].duration, score.notes[k].duration);
            assert_int_equal(back.notes[k].pitch, score.notes[k].pitch);
            assert_int_equal(back.notes[k].velocity, score.notes[k].velocity);
        }
        assert_int_equal(back.end, score.end);
        assert_int_equal(tb_melody_from_score(&back, 0, 0, &again), TB_OK);
        assert_int_equal(again.n_chords, melody.n_chords);
        for (size_t k = 0; k < melody.n_chords; k++) {
            assert_int_equal(again.chords[k].step, melody.chords[k].step);
            assert_int_equal(again.chords[k].chord.root, melody.chords[k].chord.root);
        }
        tb_melody_free(&melody), tb_melody_free(&again);
        tb_score_free(&score), tb_score_free(&back);
    }
}

/* Bars of a piece; the classes of a note give the note back. */
static void test_cut_and_classes(void **state) {
    (void)state;
    TbScore score;
    TbMelody whole, part;
    assert_int_equal(small_tune(1, 4, 4, &score), TB_OK);
    assert_int_equal(tb_melody_from_score(&score, 0, 0, &whole), TB_OK);
    assert_int_equal(tb_melody_from_score(&score, 2, 3, &part), TB_OK);
    assert_int_equal(part.n_bars, 3);
    size_t first = 0;
    while (whole.notes[first].onset < whole.line[2])
        first++;
    for (size_t i = 0; i < part.n_notes; i++) {
        assert_int_equal(part.notes[i].onset + whole.line[2], whole.notes[first + i].onset);
        assert_int_equal(part.notes[i].pitch, whole.notes[first + i].pitch);
    }
    const MelodyReader reader = tbi_melody_reader(&whole);
    assert_int_equal((reader.base - whole.key.tonic) % 12, 0);
    for (size_t i = 0; i < whole.n_notes; i++) {
        MelodyStep s;
        tbi_melody_step(&reader, i, &s);
        assert_int_equal(s.chosen[MELODY_GAP], whole.notes[i].onset - (i ? whole.notes[i - 1].onset : 0));
        assert_int_equal(s.chosen[MELODY_DURATION], whole.notes[i].duration);
        assert_int_equal(tbi_melody_pitch(&reader, s.chosen[MELODY_PITCH]), whole.notes[i].pitch);
        assert_true(s.shortest <= s.chosen[MELODY_GAP]);
    }
    tb_melody_free(&part);
    assert_int_equal(tb_melody_from_score(&score, 8, 0, &part), TB_ERR_ARGUMENT);
    assert_int_equal(tb_melody_from_score(&score, 6, 3, &part), TB_ERR_ARGUMENT);
    tb_melody_free(&whole);
    tb_score_free(&score);
}

/* Bars 5 and 6 return bars 1 and 2: within them, the lag of four bars knows each note, and so does the longest match.
 */
static void test_candidates(void **state) {
    (void)state;
    enum { FOUR_BARS = 2, LONGEST = MELODY_LAGS };
    TbMelody m;
    assert_int_equal(small_melody(2, 4, 4, &m), TB_OK);
    const MelodyReader reader = tbi_melody_reader(&m);
    size_t seen = 0;
    for (size_t i = 1; i < m.n_notes; i++) {
        MelodyStep s;
        tbi_melody_step(&reader, i, &s);
        if (m.notes[i - 1].onset < m.line[4] || m.notes[i].onset >= m.line[6])
            continue;
        for (int f = 0; f < MELODY_FIELDS; f++)
            assert_int_equal(s.copy[f][FOUR_BARS], s.chosen[f]);
        assert_true(s.run[1][FOUR_BARS] >= 1 && s.run[1][FOUR_BARS] < MELODY_RUNS - 1);
        seen++;
    }
    assert_true(seen >= 6);
    uint8_t lag[8];
    tbi_melody_find_lags(&m, lag);
    assert_int_equal(lag[0], 0);
    assert_int_equal(lag[4], 4);
    assert_int_equal(lag[5], 4);
    /* Nothing that comes later is known: other notes from the middle on change no step before. */
    MelodyStep before, after;
    const size_t middle = m.n_notes / 2;
    tbi_melody_before(&reader, middle, &before);
    for (size_t i = middle; i < m.n_notes; i++)
        m.notes[i].pitch = (uint8_t)(m.notes[i].pitch % 2 + 60);
    tbi_melody_before(&reader, middle, &after);
    assert_memory_equal(&before, &after, sizeof before);
    tb_melody_free(&m);
}

static void test_chords_of_a_part(void **state) {
    (void)state;
    TbScore score;
    TbMelody m;
    size_t voice, chords;
    static const uint8_t notes[2][3] = {{48, 52, 55}, {50, 53, 57}}; /* C, Dm */
    assert_int_equal(tb_score_new(480, &score), TB_OK);
    assert_int_equal(tb_score_add_part(&score, "melody", -1, 0, &voice), TB_OK);
    assert_int_equal(tb_score_add_part(&score, "chords", -1, 1, &chords), TB_OK);
    for (int b = 0; b < 2; b++) {
        for (int k = 0; k < 3; k++)
            assert_int_equal(
                tb_score_add_note(&score, (TbScoreNote){b * 1920, 1920, notes[b][k], 80, (uint16_t)chords}), TB_OK);
        for (int k = 0; k < 4; k++)
            assert_int_equal(tb_score_add_note(&score, (TbScoreNote){b * 1920 + k * 480, 480, (uint8_t)(72 + k), 80,
                                                                     (uint16_t)voice}),
                             TB_OK);
    }
    tb_score_sort(&score);
    assert_int_equal(tb_melody_from_score(&score, 0, 0, &m), TB_OK);
    assert_int_equal(m.n_notes, 8);
    assert_int_equal(m.n_chords, 2);
    assert_int_equal(m.chords[0].chord.root, 0);
    assert_int_equal(m.chords[0].chord.kind, TB_CHORD_MAJOR);
    assert_int_equal(m.chords[1].chord.root, 2);
    assert_int_equal(m.chords[1].chord.kind, TB_CHORD_MINOR);
    assert_int_equal(m.chords[1].step, 48);
    tb_melody_free(&m);
    tb_score_free(&score);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_round_trip, test_cut_and_classes, test_candidates, test_chords_of_a_part);
}
