/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of pieces writes, with weights that have learned nothing: bars that return, bar lines off the grid, a
 * bass that moves. */
#include "tests/written_pieces.h"

/* More movement, fewer notes on the pitch of the one before. */
static void test_movement(void **state) {
    (void)state;
    size_t n[3] = {0};
    for (uint64_t seed = 0; seed < 10; seed++)
        for (int i = 0; i < 3; i++) {
            TbScore given, out;
            TbPieceOptions o;
            int last = -1;
            song(seed, 4, 4, &given);
            tb_piece_defaults(&o);
            o.seed = seed;
            o.movement[TB_ROLE_BASS] = 2.0 * (i - 1);
            assert_int_equal(tb_piece_write_parts(model, &given, tb_piece_role_bit(TB_ROLE_BASS), &o, &out), TB_OK);
            for (size_t k = 0; k < out.n_notes; k++)
                if (out.notes[k].part == 1) {
                    n[i] += out.notes[k].pitch == last;
                    last = out.notes[k].pitch;
                }
            tb_score_free(&out);
            tb_score_free(&given);
        }
    print_message("%zu, %zu, %zu repeated\n", n[0], n[1], n[2]);
    assert_true(n[0] > n[1] && n[1] > n[2]);
}

/* The notes of a part that start in a bar, from its line on. Returns how many. */
static size_t notes_of_bar(const TbScore *s, size_t part, size_t bar, TbScoreNote *notes) {
    const int32_t start = (int32_t)bar * bar_ticks(s), end = start + bar_ticks(s);
    size_t n = 0;
    for (size_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].part == part && s->notes[i].onset >= start && s->notes[i].onset < end) {
            notes[n] = s->notes[i];
            notes[n++].onset -= start;
        }
    return n;
}

/* Bars return note for note, from new bars and from given ones; only durations may be cut. */
static void test_returns(void **state) {
    (void)state;
    enum { BARS = 8, FIRST = 2 };
    static const size_t returns[BARS] = {0, 1, 2, 3, 2, 3, 0, 7};
    const unsigned write =
        tb_piece_role_bit(TB_ROLE_BASS) | tb_piece_role_bit(TB_ROLE_CHORDS) | tb_piece_role_bit(TB_ROLE_DRUMS);
    for (uint64_t seed = 0; seed < 6; seed++) {
        TbScore given, out;
        TbPieceOptions o;
        song(seed, 4, 4, &given);
        given.n_chords = 0;
        for (int32_t i = 0; i < 60; i++) /* more than would be written in a bar */
            assert_int_equal(tb_score_add_note(&given, (TbScoreNote){i / 2 * 40, 30, (uint8_t)(48 + i % 12), 80, 2}),
                             TB_OK);
        tb_score_sort(&given);
        tb_piece_defaults(&o);
        o.seed = seed;
        o.returns = returns;
        assert_int_equal(tb_piece_fill(model, &given, FIRST, BARS - FIRST, write, &o, &out), TB_OK);
        for (size_t bar = FIRST; bar < BARS; bar++)
            for (size_t part = 0; part < 3; part++) {
                TbScoreNote here[256], there[256];
                const size_t n = notes_of_bar(&out, part, bar, here);
                assert_int_equal(notes_of_bar(&out, part, returns[bar], there), n);
                for (size_t i = 0; i < n; i++)
                    assert_true(here[i].onset == there[i].onset && here[i].pitch == there[i].pitch);
            }
        tb_score_free(&out);
        o.returns = (const size_t[BARS]){0, 1, 2, 4, 4, 5, 6, 7};
        assert_int_equal(tb_piece_fill(model, &given, FIRST, BARS - FIRST, write, &o, &out), TB_ERR_ARGUMENT);
        tb_score_free(&given);
    }
}

/* A change of metre between two steps of the grid: later bar lines are between steps, too. */
static void test_lines_off_the_grid(void **state) {
    (void)state;
    enum { ALL = (1 << TB_PIECE_ROLES) - 1 };
    for (uint64_t seed = 0; seed < 8; seed++)
        for (int before = 7; before <= 33; before += 26) { /* of 40 ticks a step */
            TbScore given, out;
            TbPieceOptions o;
            song(seed, 4, 4, &given);
            const int32_t bar = bar_ticks(&given), line = bar - before;
            assert_int_equal(tb_score_add_metre(&given, line, 4, 4), TB_OK);
            given.n_chords = 0;
            given.end = line + 7 * bar;
            tb_piece_defaults(&o);
            o.seed = seed;
            o.temperature = 2;
            o.top_p = 1;
            assert_int_equal(tb_piece_fill(model, &given, 1, 7, ALL, &o, &out), TB_OK);
            size_t n = 0;
            for (size_t i = 0; i < out.n_notes; i++) {
                const TbScoreNote *note = &out.notes[i];
                if (note->onset >= line && note->onset < given.end) {
                    assert_true(note->duration > 0 && note->onset + note->duration <= given.end);
                    n++;
                } else {
                    assert_true(note->onset % (given.ticks_per_quarter / TB_GRID_MELODY) == 0); /* given */
                }
            }
            assert_true(n > 0);
            tb_score_free(&out);
            tb_score_free(&given);
        }
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_movement, test_returns, test_lines_off_the_grid);
}
