/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores: building, bars, seconds, grid, drum maps, names of chords, keys and roles. */
#include "tests/score_pieces.h"

#include <math.h>

static TbScore empty(int tpq) {
    TbScore s;
    piece_ok(tb_score_new(tpq, &s));
    piece_ok(tb_score_add_part(&s, "Part", 0, 0, NULL));
    return s;
}

static void test_ranges(void **state) {
    (void)state;
    TbScore s;
    assert_int_equal(tb_score_new(0, &s), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_new(32768, &s), TB_ERR_ARGUMENT);
    s = empty(480);
    static const TbScoreNote bad[] = {{-1, 1, 60, 90, 0},
                                      {0, -1, 60, 90, 0},
                                      {0, 1, 128, 90, 0},
                                      {0, 1, 60, 0, 0},
                                      {0, 1, 60, 128, 0},
                                      {0, 1, 60, 90, 1},
                                      {TB_SCORE_TICKS, 1, 60, 90, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tb_score_add_note(&s, bad[i]), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_part(&s, "", 128, 0, NULL), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_part(&s, "", 0, 16, NULL), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_tempo(&s, 0, 0), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_tempo(&s, 0, 1 << 24), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_tempo(&s, -1, 500000), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_metre(&s, 0, 0, 4), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_metre(&s, 0, 4, 3), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_metre(&s, 0, 4, 128), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_key(&s, 0, 8, false), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_chord(&s, 0, "H7"), TB_ERR_ARGUMENT);
    assert_true(s.n_notes == 0 && s.n_parts == 1 && s.n_tempos == 1 && s.n_metres == 1 && s.n_keys + s.n_chords == 0);
    tb_score_free(&s);
    tb_score_free(&s); /* a zeroed one */
}

static void test_maps_are_in_order(void **state) {
    (void)state;
    TbScore s = empty(100);
    piece_ok(tb_score_add_tempo(&s, 300, 1000000)); /* 60 */
    piece_ok(tb_score_add_tempo(&s, 100, 250000));  /* 240 */
    piece_ok(tb_score_add_tempo(&s, 300, 2000000)); /* 30, in place of 60 */
    assert_int_equal(s.n_tempos, 3);
    assert_true(s.tempos[1].tick == 100 && s.tempos[2].us_per_quarter == 2000000);
    static const double at[][2] = {{0, 0}, {50, 0.25}, {100, 0.5}, {200, 0.75}, {300, 1}, {400, 3}, {350.5, 2.01}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        assert_true(fabs(tb_score_seconds(&s, at[i][0]) - at[i][1]) < 1e-12);
        assert_true(fabs(tb_score_tick(&s, at[i][1]) - at[i][0]) < 1e-9);
    }
    piece_ok(tb_score_add_chord(&s, 10, "Bbm7"));
    piece_ok(tb_score_add_chord(&s, 0, "C:major"));
    assert_string_equal(s.chords[1].text, "Bb:minor-seventh"); /* as files have it */
    tb_score_free(&s);
}

static void expect_lines(const TbScore *s, int32_t until, const int32_t *line, size_t n) {
    TbBars bars;
    piece_ok(tb_bars_new(s, until, &bars));
    assert_int_equal(bars.n_bars, n);
    assert_memory_equal(bars.line, line, (n + 1) * sizeof *line);
    tb_bars_free(&bars);
}

/* A change of metre starts a bar and leaves the one before it short; one bar too many covers what is asked for. */
static void test_bars(void **state) {
    (void)state;
    TbScore s = empty(10);
    TbBars bars;
    expect_lines(&s, 0, (const int32_t[]){0, 40}, 1);
    expect_lines(&s, 40, (const int32_t[]){0, 40}, 1);
    expect_lines(&s, 41, (const int32_t[]){0, 40, 80}, 2);
    piece_ok(tb_score_add_metre(&s, 60, 3, 8));
    expect_lines(&s, 80, (const int32_t[]){0, 40, 60, 75, 90}, 4);
    expect_lines(&s, 0, (const int32_t[]){0, 40, 60, 75}, 3); /* to the last change */
    piece_ok(tb_score_add_metre(&s, 75, 1, 64));              /* 0.6 ticks: never less than one */
    expect_lines(&s, 77, (const int32_t[]){0, 40, 60, 75, 76, 77}, 5);
    piece_ok(tb_bars_new(&s, 77, &bars));
    static const double find[][2] = {{0, 0}, {39.9, 0}, {40, 1}, {59, 1}, {60, 2}, {76, 4}, {100, 4}};
    for (size_t i = 0; i < sizeof find / sizeof *find; i++)
        assert_int_equal(tb_bars_find(&bars, find[i][0]), (size_t)find[i][1]);
    assert_int_equal(tb_bars_metre(&bars, 1).denominator, 4);
    assert_int_equal(tb_bars_metre(&bars, 2).denominator, 8);
    assert_true(fabs(tb_bars_beat(&bars, 2, 67.5) - 1.5) < 1e-12); /* eighths */
    assert_true(fabs(tb_bars_tick(&bars, 2, 1.5) - 67.5) < 1e-12);
    tb_bars_free(&bars);
    piece_ok(tb_score_add_metre(&s, 75, 4, 4));
    assert_int_equal(tb_bars_new(&s, 75 + 40 * TB_SCORE_BARS, &bars), TB_ERR_UNSUPPORTED);
    assert_null(bars.line);
    tb_score_free(&s);
}

static void test_grid_is_lossless(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 7);
    static const int tpqs[] = {1, 5, 96, 120, 192, 480, 1024, 15360, 32767}, pers[] = {1, 3, 4, 12, 24};
    for (int i = 0; i < 200000; i++) {
        int tpq = tpqs[draw(&rng, 9)], per = pers[draw(&rng, 5)];
        int32_t most = tpq < 16 ? tpq << 26 : TB_SCORE_TICKS;
        TbScoreNote n = {draw(&rng, i % 2 ? most : 20 * tpq), draw(&rng, 3 * tpq), (uint8_t)draw(&rng, 128),
                         (uint8_t)(1 + draw(&rng, 127)), (uint16_t)draw(&rng, 60000)};
        TbGridNote g = tb_grid_from_note(tpq, per, n);
        TbScoreNote back = tb_grid_to_note(tpq, per, g);
        assert_memory_equal(&back, &n, sizeof n);
        assert_true(g.steps >= 1 && 2.0 * abs(g.offset) * per <= tpq + 2.0 * per);
        assert_true(fabs(g.step - (double)n.onset * per / tpq) <= 0.5 + 1e-9);
    }
    assert_int_equal(tb_grid_step(480, 4, 60), 1); /* half a step rounds up */
    assert_int_equal(tb_grid_step(480, 4, 59), 0);
    assert_int_equal(tb_grid_step(480, 4, -60), 0);
    assert_int_equal(tb_grid_step(480, 4, -61), -1);
    assert_int_equal(tb_grid_tick(100, 12, 1), 8);
}

/* The classes of the Groove MIDI Dataset, by the keys of its paper's table. */
static void test_drums(void **state) {
    (void)state;
    static const int td_11[TB_DRUM_CLASSES][5] = {{36},     {38, 37, 40}, {42, 22, 44},     {46, 26},    {43, 58},
                                                  {47, 45}, {50, 48},     {49, 52, 55, 57}, {51, 53, 59}};
    const TbDrumMap *map = tb_drum_map("td-11"), *gm = tb_drum_map("gm"), *all = tb_drum_map(NULL);
    int n = 0;
    for (int d = 0; d < TB_DRUM_CLASSES; d++) {
        for (int i = 0; td_11[d][i]; i++, n++) {
            assert_int_equal(tb_drum_class(map, td_11[d][i]), d);
            assert_int_equal(tb_drum_class(all, td_11[d][i]), d);
        }
        assert_int_equal(tb_drum_class(map, map->key_of[d]), d);
        assert_int_equal(tb_drum_class(gm, gm->key_of[d]), d);
        assert_true(*tb_drum_class_name(d));
    }
    for (int key = 0; key < 128; key++)
        n -= tb_drum_class(map, key) >= 0;
    assert_int_equal(n, 0);
    assert_int_equal(tb_drum_class(gm, 22), -1);
    assert_int_equal(tb_drum_class(gm, 35), 0);
    assert_int_equal(tb_drum_class(all, -1), -1);
    assert_null(tb_drum_map("none"));
    TbScore s = empty(96);
    uint64_t keys[2];
    piece_ok(tb_score_add_part(&s, "", -1, TB_SCORE_DRUM_CHANNEL, NULL));
    static const uint8_t played[] = {36, 22, 75, 75, 100};
    for (size_t i = 0; i < sizeof played; i++)
        piece_ok(tb_score_add_note(&s, (TbScoreNote){0, 1, played[i], 1, 1}));
    piece_ok(tb_score_add_note(&s, (TbScoreNote){0, 1, 1, 1, 0})); /* no drum */
    assert_int_equal(tb_score_unknown_drums(&s, all, keys), 3);
    assert_true(keys[0] == 0 && keys[1] == (1ull << 11 | 1ull << 36));
    assert_int_equal(tb_score_unknown_drums(&s, gm, NULL), 4);
    tb_score_free(&s);
}

static void test_chord_names(void **state) {
    (void)state;
    static const struct {
        const char *text, *name, *symbol;
        unsigned pitches;
    } cases[] = {
        {"C:major", "C", "C:major", 0x091},
        {"C:", "C", "C:major", 0x091},
        {"Am", "Am", "A:minor", 1u << 9 | 1 << 0 | 1 << 4},
        {"G7", "G7", "G:dominant", 1u << 7 | 1 << 11 | 1 << 2 | 1 << 5},
        {"Bb:minor-seventh/F", "Bbm7/F", "Bb:minor-seventh/F", 1u << 10 | 1 << 1 | 1 << 5 | 1 << 8},
        {"F#m7b5", "Gbm7b5", "Gb:half-diminished", 1u << 6 | 1 << 9 | 1 << 0 | 1 << 4},
        {"D:dominant/D", "D7", "D:dominant", 1u << 2 | 1 << 6 | 1 << 9 | 1 << 0},
        {"C:something-min", "Cm", "C:minor", 0x089},
        {"C:something", "C?", "C:other", 1},
        {"Cbb:power", "Bb5", "Bb:power", 1u << 10 | 1 << 5},
        {"N.C.", "N.C.", "N.C.", 0},
    };
    static const char *const none[] = {"", "H", "c", "Am today", "C7/", "Cfoo", "hello: C"};
    TbChord c;
    char text[TB_CHORD_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(tb_chord_parse(cases[i].text, &c));
        tb_chord_name(c, true, text);
        assert_string_equal(text, cases[i].name);
        tb_chord_symbol(c, true, text);
        assert_string_equal(text, cases[i].symbol);
        assert_int_equal(tb_chord_pitches(c), cases[i].pitches);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(tb_chord_parse(none[i], &c));
    for (int kind = 0; kind < TB_CHORD_KINDS; kind++) /* each is read as it is written, both ways */
        for (int way = 0; way < 2; way++) {
            TbChord back, given = {(int8_t)(kind % 12), (uint8_t)kind, -1};
            if (way)
                tb_chord_name(given, false, text);
            else
                tb_chord_symbol(given, false, text);
            assert_true(tb_chord_parse(text, &back));
            assert_memory_equal(&back, &given, sizeof given);
        }
    assert_string_equal(tb_program_name(0), "acoustic grand piano");
    assert_string_equal(tb_program_name(73), "flute");
    assert_string_equal(tb_program_name(127), "gunshot");
    assert_string_equal(tb_program_name(-1), "");
}

static void test_copies_are_separate(void **state) {
    (void)state;
    TbScore s = piece(3), c;
    piece_ok(tb_score_copy(&s, &c));
    assert_int_equal(c.n_notes, s.n_notes);
    assert_memory_equal(c.notes, s.notes, s.n_notes * sizeof *s.notes);
    assert_memory_equal(c.tempos, s.tempos, s.n_tempos * sizeof *s.tempos);
    piece_ok(tb_score_add_note(&c, c.notes[0])); /* grows */
    piece_ok(tb_score_add_metre(&c, c.end, 7, 8));
    tb_score_free(&s);
    assert_true(c.metres[c.n_metres - 1].numerator == 7);
    tb_score_free(&c);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_ranges, test_maps_are_in_order, test_bars, test_grid_is_lossless, test_drums,
                     test_chord_names, test_copies_are_separate);
}
