/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks from options: what is refused, what is valid, what stays, what repeats. */
#include "tests/compose_checks.h"
#include "tests/composed.h"

#include <math.h>

/* ---- options ---- */

static void test_ranges(void **state) {
    (void)state;
    TbScore score;
    TbComposeOptions good, o;
    tb_compose_defaults(&good);
#define REFUSED(status, change)                                                                                        \
    do {                                                                                                               \
        o = good;                                                                                                      \
        change;                                                                                                        \
        assert_int_equal(tb_compose(&models, &o, &score, NULL), status);                                               \
        assert_true(score.n_notes == 0 && score.notes == NULL);                                                        \
    } while (0)
    REFUSED(TB_ERR_ARGUMENT, o.bars = 0);
    REFUSED(TB_ERR_ARGUMENT, o.bars = TB_COMPOSE_BARS + 1);
    REFUSED(TB_ERR_ARGUMENT, o.tempo = 19);
    REFUSED(TB_ERR_ARGUMENT, o.tempo = 401);
    REFUSED(TB_ERR_ARGUMENT, o.tempo = (double)NAN);
    REFUSED(TB_ERR_ARGUMENT, o.tonic = 12);
    REFUSED(TB_ERR_ARGUMENT, o.tonic = -2);
    REFUSED(TB_ERR_ARGUMENT, o.numerator = 0);
    REFUSED(TB_ERR_ARGUMENT, o.denominator = 3);
    REFUSED(TB_ERR_ARGUMENT, o.style = -1);
    REFUSED(TB_ERR_ARGUMENT, o.style = 1000);
    REFUSED(TB_ERR_ARGUMENT, o.density = 2.1);
    REFUSED(TB_ERR_ARGUMENT, o.density = (double)NAN);
    REFUSED(TB_ERR_ARGUMENT, o.swing = 49);
    REFUSED(TB_ERR_ARGUMENT, o.swing = 76);
    REFUSED(TB_ERR_ARGUMENT, o.temperature = -0.1);
    REFUSED(TB_ERR_ARGUMENT, o.temperature = 2.1);
    REFUSED(TB_ERR_ARGUMENT, o.parts = 0);
    REFUSED(TB_ERR_ARGUMENT, o.parts = 1u << TB_ROLE_OTHER);
    REFUSED(TB_ERR_ARGUMENT, o.form = "AA2");
    REFUSED(TB_ERR_ARGUMENT, (o.form = "ABCDE", o.bars = 4));
    REFUSED(TB_ERR_ARGUMENT, o.continues = true);
    REFUSED(TB_ERR_ARGUMENT, o.without_primer = true);
    REFUSED(TB_ERR_UNSUPPORTED, (o.numerator = 9, o.denominator = 2));
    REFUSED(TB_ERR_UNSUPPORTED, (o.numerator = 4, o.denominator = 2)); /* no drums in 4/2 */
    REFUSED(TB_ERR_UNSUPPORTED, (o.numerator = 6, o.denominator = 8, o.swing = 60));
#undef REFUSED
    o = good;
    o.numerator = 4;
    o.denominator = 2;
    o.bars = 4;
    o.parts &= ~TB_COMPOSE_PART(TB_ROLE_DRUMS);
    score = compose_draw(&o, NULL);
    assert_null(compose_fault(&score, 4, o.parts));
    tb_score_free(&score);
}

static void test_missing_networks(void **state) {
    (void)state;
    TbScore score;
    TbComposeOptions o;
    tb_compose_defaults(&o);
    o.bars = 2;
    TbMusicModels some = models;
    some.piece = NULL;
    assert_int_equal(tb_compose(&some, &o, &score, NULL), TB_ERR_UNSUPPORTED);
    some.melody = NULL;
    o.parts = TB_COMPOSE_PART(TB_ROLE_MELODY);
    assert_int_equal(tb_compose(&some, &o, &score, NULL), TB_ERR_UNSUPPORTED);
    o.parts = TB_COMPOSE_PART(TB_ROLE_DRUMS);
    assert_int_equal(tb_compose(&some, &o, &score, NULL), TB_OK);
    assert_null(compose_fault(&score, 2, o.parts));
    tb_score_free(&score);
    some.rhythm = NULL;
    assert_int_equal(tb_compose(&some, &o, &score, NULL), TB_ERR_UNSUPPORTED);
}

static void test_styles(void **state) {
    (void)state;
    assert_string_equal(tb_compose_style_name(0), "any");
    assert_string_equal(tb_compose_style_name(-1), "");
    for (int i = 0; *tb_compose_style_name(i); i++)
        assert_int_equal(tb_compose_style_find(tb_compose_style_name(i)), i);
    for (int i = 0; *tb_rhythm_style_name(i); i++) /* all that drums have */
        assert_true(tb_compose_style_find(tb_rhythm_style_name(i)) >= 0);
    assert_true(tb_compose_style_find("folk") > 0);
    assert_int_equal(tb_compose_style_find("polka"), -1);
}

/* ---- results ---- */

static void test_draws_are_valid(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        TbComposeOptions o;
        TbComposeReport report;
        compose_random_options(seed, 10, &o);
        TbScore score = compose_draw(&o, &report), again;
        const char *fault = compose_fault(&score, o.bars, o.parts);
        if (fault)
            fail_msg("draw %d %s", (int)seed, fault);
        assert_int_equal(report.bars, o.bars);
        assert_int_equal(score.metres[0].numerator, o.numerator);
        assert_int_equal(score.end, o.bars * 4 * TB_COMPOSE_TICKS * o.numerator / o.denominator);
        if (o.tonic >= 0)
            assert_true(report.key.tonic == o.tonic && report.key.minor == o.minor);
        if (o.tempo > 0)
            assert_true(fabs(6e7 / score.tempos[0].us_per_quarter - o.tempo) < 0.1);
        if (seed % 10 == 0) {
            again = compose_draw(&o, NULL);
            assert_true(compose_same(&score, &again));
            tb_score_free(&again);
        }
        tb_score_free(&score);
    }
}

static TbComposeOptions of_bars(int bars) {
    TbComposeOptions o;
    tb_compose_defaults(&o);
    o.bars = bars;
    return o;
}

/* The notes of a part that sound last. */
static const TbScoreNote *last_of(const TbScore *s, const char *part) {
    for (size_t i = s->n_notes; i-- > 0;)
        if (strcmp(s->parts[s->notes[i].part].name, part) == 0)
            return &s->notes[i];
    return NULL;
}

static void test_ending(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        TbComposeOptions o = of_bars(6);
        TbComposeReport report;
        TbChord chord;
        o.seed = seed;
        TbScore s = compose_draw(&o, &report);
        const int32_t bar = s.end / 6, last = s.end - bar;
        const TbScoreNote *melody = last_of(&s, "Melody"), *bass = last_of(&s, "Bass"), *drum = last_of(&s, "Drums");
        assert_true(melody->onset == last && melody->duration == bar && melody->pitch % 12 == report.key.tonic);
        assert_true(bass->onset >= last - 48 && bass->onset + bass->duration == s.end &&
                    bass->pitch % 12 == report.key.tonic);
        assert_int_equal(last_of(&s, "Chords")->onset, last);
        assert_true(drum->onset >= last - 48 && drum->onset <= last + 48); /* one hit */
        assert_true(tb_chord_parse(s.chords[s.n_chords - 1].text, &chord));
        assert_true(chord.root == report.key.tonic && s.chords[s.n_chords - 1].tick == last);
        tb_score_free(&s);
    }
}

/* Phrases of one letter have the same notes, but for their cadences; a track without a form has no letters. */
static void test_form(void **state) {
    (void)state;
    TbComposeOptions o = of_bars(12);
    TbComposeReport report;
    o.form = "ABA";
    o.parts = TB_COMPOSE_PART(TB_ROLE_MELODY);
    TbScore s = compose_draw(&o, &report);
    assert_string_equal(report.form, "ABA");
    assert_int_equal(report.phrase, 4);
    const int32_t bar = s.end / 12;
    size_t n = 0, same = 0;
    for (size_t i = 0; i < s.n_notes && s.notes[i].onset < 2 * bar; i++, n++)
        for (size_t k = 0; k < s.n_notes; k++)
            same += s.notes[k].onset == s.notes[i].onset + 8 * bar && s.notes[k].pitch == s.notes[i].pitch;
    assert_true(n > 0 && same == n);
    tb_score_free(&s);
    o.form = "";
    s = compose_draw(&o, &report);
    assert_string_equal(report.form, "");
    assert_int_equal(report.phrase, 0);
    tb_score_free(&s);
}

/* The off-beat eighths of all parts are where the swing puts them. */
static void test_swing(void **state) {
    (void)state;
    for (int percent = 50; percent <= 70; percent += 10) {
        TbComposeOptions o = of_bars(12);
        TbComposeReport report;
        o.swing = percent;
        TbScore s = compose_draw(&o, &report);
        assert_true(fabs(report.swing - percent) < 1e-9);
        assert_true(fabs(tb_score_swing(&s) - percent) < 3);
        for (size_t i = 0; i < s.n_notes; i++) {
            const int32_t place = s.notes[i].onset % TB_COMPOSE_TICKS;
            if (strcmp(s.parts[s.notes[i].part].name, "Melody") == 0 && percent > 50)
                assert_int_not_equal(place, TB_COMPOSE_TICKS / 2);
        }
        tb_score_free(&s);
    }
}

static void test_long_and_short(void **state) {
    (void)state;
    static const int bars[] = {1, 2, 3, 512};
    for (int i = 0; i < 4; i++) {
        TbComposeOptions o = of_bars(bars[i]);
        if (bars[i] == 512)
            o.parts = TB_COMPOSE_PART(TB_ROLE_MELODY) | TB_COMPOSE_PART(TB_ROLE_DRUMS);
        TbScore s = compose_draw(&o, NULL);
        assert_null(compose_fault(&s, bars[i], o.parts));
        tb_score_free(&s);
    }
}

/* ---- one file of networks ---- */

static void test_files(void **state) {
    (void)state;
    void *data;
    size_t n;
    TbMusicModels read, some = {0};
    TbComposeOptions o;
    TbScore a, b;
    assert_int_equal(tb_music_models_print(&models, &data, &n), TB_OK);
    assert_int_equal(tb_music_models_parse(data, n, &read), TB_OK);
    assert_non_null(read.rhythm);
    assert_non_null(read.melody);
    assert_non_null(read.piece);
    free(data);
    assert_int_equal(tb_music_models_print(&read, &data, &n), TB_OK); /* of 16 bits now */
    tb_compose_defaults(&o);
    o.bars = 2;
    assert_int_equal(tb_compose(&read, &o, &a, NULL), TB_OK);
    tb_music_models_free(&read);
    assert_int_equal(tb_music_models_parse(data, n, &read), TB_OK);
    assert_int_equal(tb_compose(&read, &o, &b, NULL), TB_OK);
    assert_true(compose_same(&a, &b));
    tb_score_free(&a);
    tb_score_free(&b);
    free(data);
    tb_music_models_free(&read);
    assert_int_equal(tb_music_models_print(&some, &data, &n), TB_ERR_EMPTY);
    some.melody = models.melody;
    assert_int_equal(tb_music_models_print(&some, &data, &n), TB_OK);
    assert_int_equal(tb_music_models_parse(data, n, &read), TB_OK);
    assert_true(!read.rhythm && read.melody && !read.piece);
    assert_int_equal(tb_music_models_parse(data, n / 2, &some), TB_ERR_FORMAT);
    assert_true(!some.rhythm && !some.melody && !some.piece);
    free(data);
    tb_music_models_free(&read);
    assert_int_equal(tb_music_models_parse("RIFF", 4, &read), TB_ERR_FORMAT);
    assert_int_equal(tb_music_models_read("/nowhere/at/all", &read), TB_ERR_NOT_FOUND);
}

int main(void) {
    return RUN_TESTS(compose_setup, compose_teardown, test_ranges, test_missing_networks, test_styles,
                     test_draws_are_valid, test_ending, test_form, test_swing, test_long_and_short, test_files);
}
