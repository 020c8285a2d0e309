/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole scores: cut, appended, transposed, parts taken out. */
#include "tests/score_pieces.h"

/* Four bars of 3/4 and then four of 4/4 at 480 ticks: a melody of quarter notes, each bar with its number as its pitch
 * above C4, drums on each bar line, a chord a bar. */
static TbScore two_metres(void) {
    TbScore s;
    piece_ok(tb_score_new(480, &s));
    piece_ok(tb_score_add_part(&s, "Tune", 5, 0, NULL));
    piece_ok(tb_score_add_part(&s, "Drums", 0, TB_SCORE_DRUM_CHANNEL, NULL));
    piece_ok(tb_score_add_metre(&s, 0, 3, 4));
    piece_ok(tb_score_add_metre(&s, 4 * 1440, 4, 4));
    piece_ok(tb_score_add_tempo(&s, 1440, 400000));
    piece_ok(tb_score_add_key(&s, 0, -3, false));
    for (int b = 0, tick = 0; b < 8; tick += (b < 4 ? 3 : 4) * 480, b++) {
        piece_ok(tb_score_add_chord(&s, tick, b % 2 ? "Bb:dominant" : "Eb:major/G"));
        piece_ok(tb_score_add_note(&s, (TbScoreNote){tick, 240, 36, 100, 1}));
        for (int k = 0; k < (b < 4 ? 3 : 4); k++)
            piece_ok(tb_score_add_note(&s, (TbScoreNote){tick + 480 * k, 500, (uint8_t)(60 + b), 80, 0}));
    }
    tb_score_sort(&s);
    s.end = 4 * 1440 + 4 * 1920;
    return s;
}

static void test_cut(void **state) {
    (void)state;
    TbScore s = two_metres(), out;
    piece_ok(tb_score_cut(&s, 2, 3, &out));
    assert_int_equal(out.end, 2 * 1440 + 1920);
    assert_int_equal(out.n_notes, 3 + 3 + 4 + 3);
    assert_int_equal(out.n_metres, 2);
    assert_true(out.metres[0].numerator == 3 && out.metres[1].tick == 2 * 1440);
    assert_int_equal(out.tempos[0].us_per_quarter, 400000);
    assert_int_equal(out.n_keys, 1);
    assert_true(out.keys[0].tick == 0 && out.keys[0].sharps == -3);
    assert_int_equal(out.n_chords, 3);
    assert_string_equal(out.chords[0].text, "Eb:major/G");
    assert_true(tb_score_last_off(&out) == out.end); /* the last note is cut */
    tb_score_free(&out);
    piece_ok(tb_score_cut(&s, 0, 8, &out));
    assert_int_equal(out.n_notes, s.n_notes);
    assert_int_equal(out.n_tempos, s.n_tempos);
    tb_score_free(&out);
    assert_int_equal(tb_score_cut(&s, 0, 10, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_cut(&s, 8, 2, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_cut(&s, 0, 0, &out), TB_ERR_ARGUMENT);
    tb_score_free(&s);
}

/* The two halves of a piece, one after the other, are the piece; also if one of them counts its ticks otherwise. */
static void test_append(void **state) {
    (void)state;
    TbScore s = two_metres(), a, b, slow;
    s.notes[s.n_notes - 1].duration = 480; /* so that no bar is added for it */
    for (size_t i = 0; i < s.n_notes; i++)
        s.notes[i].duration = s.notes[i].duration > 480 ? 480 : s.notes[i].duration;
    piece_ok(tb_score_cut(&s, 0, 3, &a));
    piece_ok(tb_score_cut(&s, 3, 5, &b));
    piece_ok(tb_score_append(&a, &b));
    assert_int_equal(a.end, s.end);
    assert_int_equal(a.n_parts, s.n_parts);
    assert_int_equal(a.n_notes, s.n_notes);
    assert_memory_equal(a.notes, s.notes, s.n_notes * sizeof *s.notes);
    tb_score_free(&a);
    piece_ok(tb_score_new(96, &slow));
    piece_ok(tb_score_add_part(&slow, "Other", 7, 3, NULL));
    piece_ok(tb_score_add_note(&slow, (TbScoreNote){48, 96, 50, 70, 0}));
    slow.end = 384;
    piece_ok(tb_score_cut(&s, 0, 1, &a));
    piece_ok(tb_score_append(&a, &slow));
    assert_int_equal(a.n_parts, 3);
    const TbScoreNote *last = &a.notes[a.n_notes - 1];
    assert_true(last->onset == 1440 + 240 && last->duration == 480 && last->part == 2);
    assert_int_equal(a.end, 1440 + 1920);
    assert_int_equal(a.metres[a.n_metres - 1].tick, 1440);
    slow.end = 96 << 23;
    piece_ok(tb_score_add_metre(&slow, 0, 255, 1));
    assert_int_equal(tb_score_append(&slow, &slow), TB_ERR_UNSUPPORTED);
    assert_int_equal(slow.n_notes, 1);
    tb_score_free(&slow);
    tb_score_free(&a);
    tb_score_free(&b);
    tb_score_free(&s);
}

static TbScore parts_of(const char *const *names, const int (*at)[2], size_t n) {
    TbScore s;
    piece_ok(tb_score_new(480, &s));
    for (size_t i = 0; i < n; i++) {
        piece_ok(tb_score_add_part(&s, names[i], at[i][0], at[i][1], NULL));
        piece_ok(tb_score_add_note(&s, (TbScoreNote){0, 480, (uint8_t)(60 + i), 80, (uint16_t)i}));
    }
    s.end = 1920;
    return s;
}

/* Parts that are two in one score stay two; those that are alike are one, and new ones do not share a channel. */
static void test_append_parts(void **state) {
    (void)state;
    const char *const pianos[] = {"Piano", "Piano", "Kit"}, *const others[] = {"Piano", "Piano", "Piano", "Tuba",
                                                                               "Kit"};
    TbScore a = parts_of(pianos, (const int[][2]){{0, 0}, {0, 0}, {0, 9}}, 3);
    TbScore b = parts_of(others, (const int[][2]){{0, 1}, {0, 0}, {0, 0}, {58, 0}, {0, 9}}, 5);
    piece_ok(tb_score_append(&a, &b));
    assert_int_equal(a.n_parts, 5);
    assert_int_equal(a.n_notes, 8);
    static const uint16_t part[] = {3, 0, 1, 4, 2}; /* of the notes of pitch 60, 61 ... */
    for (size_t i = 0; i < 5; i++) {
        const TbScoreNote *note = &a.notes[3 + i];
        assert_true(note->onset == 1920 && note->part == part[note->pitch - 60]);
    }
    assert_true(a.parts[3].channel == 1 && a.parts[4].channel == 2);
    tb_score_free(&a);
    tb_score_free(&b);
    a = parts_of(pianos, (const int[][2]){{0, 3}}, 1);
    b = parts_of(pianos, (const int[][2]){{0, 5}}, 1); /* the same on another channel */
    piece_ok(tb_score_append(&a, &b));
    assert_int_equal(a.n_parts, 1);
    tb_score_free(&a);
    tb_score_free(&b);
}

static void test_transpose(void **state) {
    (void)state;
    TbScore s = two_metres(), before;
    piece_ok(tb_score_copy(&s, &before));
    piece_ok(tb_score_transpose(&s, 2));
    for (size_t i = 0; i < s.n_notes; i++)
        assert_int_equal(s.notes[i].pitch, before.notes[i].pitch + (before.notes[i].part == 0 ? 2 : 0));
    assert_int_equal(s.keys[0].sharps, -1);
    assert_string_equal(s.chords[0].text, "F:major/A");
    assert_string_equal(s.chords[1].text, "C:dominant");
    piece_ok(tb_score_transpose(&s, -2));
    assert_memory_equal(s.notes, before.notes, s.n_notes * sizeof *s.notes);
    assert_int_equal(s.keys[0].sharps, -3);
    assert_string_equal(s.chords[0].text, "Eb:major/G");
    assert_int_equal(tb_score_transpose(&s, 61), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_transpose(&s, -61), TB_ERR_ARGUMENT);
    assert_memory_equal(s.notes, before.notes, s.n_notes * sizeof *s.notes);
    tb_score_free(&before);
    tb_score_free(&s);
}

static void test_keep_parts(void **state) {
    (void)state;
    TbScore s = two_metres();
    tb_score_keep_parts(&s, (const bool[]){false, true});
    assert_int_equal(s.n_parts, 1);
    assert_string_equal(s.parts[0].name, "Drums");
    assert_int_equal(s.n_notes, 8);
    for (size_t i = 0; i < s.n_notes; i++)
        assert_true(s.notes[i].part == 0 && s.notes[i].pitch == 36);
    piece_ok(tb_score_add_note(&s, (TbScoreNote){0, 1, 40, 90, 0}));
    tb_score_keep_parts(&s, (const bool[]){false});
    assert_int_equal(s.n_notes + s.n_parts, 0);
    tb_score_free(&s);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_cut, test_append, test_append_parts, test_transpose, test_keep_parts);
}
