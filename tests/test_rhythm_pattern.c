/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drum patterns from and to scores, sets of them, styles, measures. */
#include "rhythm/set.h"
#include "tests/run_tests.h"

#include <math.h>

static void add_note(TbScore *score, size_t part, int32_t onset, int pitch, int velocity) {
    const TbScoreNote note = {onset, 30, (uint8_t)pitch, (uint8_t)velocity, (uint16_t)part};
    assert_int_equal(tb_score_add_note(score, note), TB_OK);
}

static void test_from_score(void **state) {
    (void)state;
    TbScore score;
    TbBars bars;
    TbRhythm r;
    size_t drums, bass;
    assert_int_equal(tb_score_new(480, &score), TB_OK);
    assert_int_equal(tb_score_add_part(&score, "", -1, TB_SCORE_DRUM_CHANNEL, &drums), TB_OK);
    assert_int_equal(tb_score_add_part(&score, "", 33, 0, &bass), TB_OK);
    assert_int_equal(tb_score_add_tempo(&score, 0, 6e7 / 90), TB_OK);
    add_note(&score, drums, 0, 36, 100);
    add_note(&score, drums, 130, 38, 64);  /* step 1, a twelfth late */
    add_note(&score, drums, 110, 40, 127); /* the louder snare there, early */
    add_note(&score, drums, 180, 42, 50);  /* halfway between 1 and 2: the earlier one */
    add_note(&score, drums, 1910, 46, 80); /* just before bar 2 */
    add_note(&score, drums, 3830, 49, 90); /* just before bar 3 */
    add_note(&score, drums, 500, 3, 90);   /* no drum that the map knows */
    add_note(&score, bass, 480, 36, 90);   /* no drum at all */
    tb_score_sort(&score);
    assert_int_equal(tb_bars_new(&score, 3840, &bars), TB_OK);
    assert_int_equal(tb_rhythm_from_score(&bars, 0, tb_drum_map(NULL), &r), TB_OK);
    assert_int_equal(tb_rhythm_steps(&r), 32);
    assert_int_equal(tb_rhythm_hits(&r), 5);
    assert_true(fabs(r.tempo - 90) < 1e-3);
    assert_true(fabsf(r.cell[1][1].velocity - 1) < 1e-6f && fabsf(r.cell[1][1].offset + 10 / 120.0f) < 1e-6f);
    assert_true(r.cell[1][2].velocity > 0 && r.cell[1][2].offset == 0.5f);
    assert_true(r.cell[16][3].velocity > 0 && fabsf(r.cell[16][3].offset + 10 / 120.0f) < 1e-6f);
    assert_true(r.cell[0][7].velocity > 0 && fabsf(r.cell[0][7].offset + 10 / 120.0f) < 1e-6f); /* wraps: the end */
    assert_int_equal(tb_rhythm_from_score(&bars, 1, tb_drum_map(NULL), &r), TB_ERR_ARGUMENT);
    tb_bars_free(&bars);
    assert_int_equal(tb_bars_new(&score, 5000, &bars), TB_OK); /* a third bar: the crash belongs to it */
    assert_int_equal(tb_rhythm_from_score(&bars, 0, tb_drum_map(NULL), &r), TB_OK);
    assert_int_equal(tb_rhythm_hits(&r), 4);
    assert_int_equal(tb_rhythm_from_score(&bars, 1, tb_drum_map(NULL), &r), TB_OK);
    assert_true(r.cell[0][3].velocity > 0 && r.cell[16][7].velocity > 0);
    tb_bars_free(&bars);
    tb_score_free(&score);
}

/* Pattern, score, MIDI file, score, pattern: the same but for rounding to ticks and 7 bits. */
static void test_round_trip(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 3);
    for (int round = 0; round < 20; round++) {
        TbRhythm r, back;
        TbScore score, read;
        TbBars bars;
        void *data;
        size_t n;
        tb_rhythm_clear(round % 2 ? 3 : 4, 4, 70 + 10 * round, &r);
        for (int t = 0; t < tb_rhythm_steps(&r); t++)
            for (int d = 0; d < TB_DRUM_CLASSES; d++)
                if (tb_rng_next(&rng) % 2) /* dense, with hits up to each other */
                    r.cell[t][d] = (TbDrumHit){(float)(1 + tb_rng_next(&rng) % 127) / 127,
                                               t ? 0.98f * (tb_rng_uniform(&rng) - 0.5f) : 0.4f};
        assert_int_equal(tb_rhythm_to_score(&r, tb_drum_map(NULL), &score), TB_OK);
        TbScoreTidied counts;
        tb_score_tidy(&score, &counts);
        assert_int_equal(counts.removed, 0);
        assert_int_equal(tb_score_print(&score, &data, &n), TB_OK);
        assert_int_equal(tb_score_parse(data, n, &read), TB_OK);
        assert_int_equal(read.end, score.end);
        assert_int_equal(tb_bars_new(&read, read.end, &bars), TB_OK);
        assert_int_equal(bars.n_bars, TB_RHYTHM_BARS);
        assert_int_equal(tb_rhythm_from_score(&bars, 0, tb_drum_map(NULL), &back), TB_OK);
        assert_int_equal(tb_rhythm_hits(&back), tb_rhythm_hits(&r));
        for (int t = 0; t < tb_rhythm_steps(&r); t++)
            for (int d = 0; d < TB_DRUM_CLASSES; d++) {
                assert_true(fabsf(back.cell[t][d].velocity - r.cell[t][d].velocity) < 1e-6f);
                assert_true(fabsf(back.cell[t][d].offset - r.cell[t][d].offset) < 0.52f / 120);
            }
        for (size_t i = 0; i < read.n_notes; i++)
            assert_true(read.notes[i].onset + read.notes[i].duration <= read.end);
        tb_bars_free(&bars);
        free(data);
        tb_score_free(&score), tb_score_free(&read);
    }
}

/* Notes last a tenth of a second, but never into the next of their drum, nor into a pattern that follows. */
static void test_durations(void **state) {
    (void)state;
    TbRhythm r;
    TbScore score;
    for (int tempo = 60; tempo <= 240; tempo *= 4) {
        tb_rhythm_clear(4, 4, tempo, &r);
        r.cell[0][1] = (TbDrumHit){0.5f, -0.4f};
        r.cell[8][1] = (TbDrumHit){0.5f, 0};
        r.cell[9][1] = (TbDrumHit){0.5f, -0.4f};
        r.cell[31][1] = (TbDrumHit){0.5f, 0.4f};
        assert_int_equal(tb_rhythm_to_score(&r, tb_drum_map(NULL), &score), TB_OK);
        assert_int_equal(tb_rhythm_add_to_score(&r, tb_drum_map(NULL), score.end, 0, &score), TB_OK);
        tb_score_sort(&score);
        assert_int_equal(score.n_notes, 8);
        for (size_t i = 0; i + 1 < score.n_notes; i++)
            assert_true(score.notes[i].onset + score.notes[i].duration <= score.notes[i + 1].onset);
        assert_int_equal(score.notes[0].duration, tempo * 480 / 600);
        assert_int_equal(score.notes[1].duration, tempo == 60 ? 48 : 72);
        tb_score_free(&score);
    }
}

/* The foot plays the hi-hat where the hands are on the ride, on two drums, or on one away from the hi-hat. */
static void test_pedal(void **state) {
    (void)state;
    enum { HAT = 2, SNARE = 1, TOM = 4, RIDE = 8 };
    static const struct {
        int with[2];
        bool around, foot;
    } cases[] = {{{0, 0}, true, false},      {{SNARE, SNARE}, true, false}, {{SNARE, SNARE}, false, true},
                 {{SNARE, TOM}, true, true}, {{RIDE, RIDE}, true, true},    {{0, 0}, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbRhythm r;
        TbScore score;
        size_t feet = 0;
        TbDrumMap map = *tb_drum_map(NULL);
        tb_rhythm_clear(4, 4, 100, &r);
        r.cell[4][HAT] = r.cell[4][cases[i].with[0]] = r.cell[4][cases[i].with[1]] = (TbDrumHit){0.5f, 0};
        if (cases[i].around)
            r.cell[2][HAT] = r.cell[6][HAT] = r.cell[4][HAT];
        for (int own = 0; own < 2; own++) {
            assert_int_equal(tb_rhythm_to_score(&r, &map, &score), TB_OK);
            for (size_t k = 0; k < score.n_notes; k++)
                feet += score.notes[k].pitch == 44;
            assert_int_equal(feet, cases[i].foot);
            map.pedal_hat = 0; /* a map without it: no more */
            tb_score_free(&score);
        }
    }
}

/* A piece of one bar gives that bar twice; bars of other metres and nearly empty ones are left out. */
static void test_set(void **state) {
    (void)state;
    TbRhythmSet *s;
    TbScore score;
    size_t part, n;
    assert_int_equal(tb_rhythm_set_new(&s), TB_OK);
    assert_int_equal(tb_score_new(480, &score), TB_OK);
    assert_int_equal(tb_rhythm_set_add(s, &score, tb_drum_map(NULL), 0, 0, false, &n), TB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(tb_score_add_part(&score, "", -1, TB_SCORE_DRUM_CHANNEL, &part), TB_OK);
    add_note(&score, part, 0, 36, 100);
    add_note(&score, part, 960, 38, 100);
    tb_score_sort(&score);
    assert_int_equal(tb_rhythm_set_add(s, &score, tb_drum_map(NULL), 0, 0, false, &n), TB_OK);
    assert_int_equal(n, 1);
    assert_true(s->part[false].example[0].pattern.cell[16][0].velocity > 0);
    assert_true(s->part[false].example[0].pattern.cell[24][1].velocity > 0);
    assert_int_equal(tb_score_add_metre(&score, 1920, 7, 4), TB_OK);
    add_note(&score, part, 3000, 38, 100);
    tb_score_sort(&score);
    assert_int_equal(tb_rhythm_set_add(s, &score, tb_drum_map(NULL), 0, 0, true, &n), TB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(tb_rhythm_set_add(s, &score, tb_drum_map(NULL), TB_RHYTHM_STYLES, 0, true, &n), TB_ERR_ARGUMENT);
    tb_score_free(&score);
    tb_rhythm_set_free(s);
}

static void test_styles(void **state) {
    (void)state;
    for (int i = 0; i < TB_RHYTHM_STYLES; i++)
        assert_int_equal(tb_rhythm_style_find(tb_rhythm_style_name(i)), i);
    assert_int_equal(tb_rhythm_style_find("rock/indie"), tb_rhythm_style_find("rock"));
    assert_int_equal(tb_rhythm_style_find("rocks"), -1);
    assert_int_equal(tb_rhythm_style_find(""), -1);
    assert_string_equal(tb_rhythm_style_name(TB_RHYTHM_STYLES), "");
}

static void test_measures(void **state) {
    (void)state;
    TbRhythm r;
    TbRhythmMeasures m;
    tb_rhythm_clear(4, 4, 100, &r);
    tb_rhythm_measure(&r, &m);
    assert_true(m.density == 0 && isnan(m.swing));
    for (int t = 0; t < 32; t += 2)
        r.cell[t][2] = (TbDrumHit){t % 4 ? 0.4f : 0.8f, t % 4 ? 0.4f : 0};
    tb_rhythm_measure(&r, &m);
    assert_true(fabs(m.density - 8) < 1e-9 && fabs(m.swing - 60) < 1e-4 && fabs(m.dynamics - 0.2) < 1e-4 &&
                fabs(m.tightness - 0.6) < 1e-4);
    tb_rhythm_shift(&r, -0.1f);
    assert_true(fabsf(tb_rhythm_mean_offset(&r) - 0.1f) < 1e-5f);
    tb_rhythm_quantise(&r);
    assert_true(tb_rhythm_mean_offset(&r) == 0 && tb_rhythm_hits(&r) == 16);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_from_score, test_round_trip, test_durations, test_pedal, test_set, test_styles,
                     test_measures);
}
