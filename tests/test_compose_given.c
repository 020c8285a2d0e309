/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks that begin with a primer, continue a piece, or keep parts of it. */
#include "tests/compose_checks.h"
#include "tests/composed.h"

/* A piece as it is played: four bars of four parts, off the grid, tempo and ticks of its own; its last notes ring on
 * over the bar line. */
static TbScore played(uint64_t seed, int numerator, int denominator) {
    TbScore s;
    TbRng rng;
    tb_rng_seed(&rng, seed);
    assert_int_equal(small_piece(seed, numerator, denominator, &s), TB_OK);
    assert_int_equal(tb_score_add_tempo(&s, 0, 6e7 / 93), TB_OK);
    assert_int_equal(tb_score_add_tempo(&s, 1000, 6e7 / 107), TB_OK);
    for (size_t i = 0; i < s.n_notes; i++) {
        s.notes[i].onset += (int32_t)(tb_rng_next(&rng) % 9);
        s.notes[i].duration -= 10;
        s.notes[i].velocity = (uint8_t)(60 + tb_rng_next(&rng) % 40);
    }
    tb_score_sort(&s);
    s.notes[s.n_notes - 1].duration = s.end - s.notes[s.n_notes - 1].onset + 13;
    tb_score_tidy(&s, NULL);
    return s;
}

static TbScore part_of(const TbScore *s, const char *name) {
    TbScore out;
    bool keep[8];
    assert_int_equal(tb_score_copy(s, &out), TB_OK);
    for (size_t i = 0; i < s->n_parts; i++)
        keep[i] = strcmp(s->parts[i].name, name) == 0;
    tb_score_keep_parts(&out, keep);
    return out;
}

/* The notes of a score before a tick; of one channel, or of all (-1). */
static size_t count_before(const TbScore *s, int channel, int32_t tick) {
    size_t n = 0;
    for (size_t i = 0; i < s->n_notes; i++)
        n += s->notes[i].onset < tick && (channel < 0 || s->parts[s->notes[i].part].channel == channel);
    return n;
}

/* ---- primers ---- */

static void test_primers(void **state) {
    (void)state;
    static const int metres[][2] = {{4, 4}, {3, 4}, {6, 8}};
    for (uint64_t seed = 0; seed < 12; seed++) {
        TbComposeOptions o;
        TbComposeReport report;
        const int *metre = metres[seed % 3];
        TbScore primer = played(seed, metre[0], metre[1]);
        tb_compose_defaults(&o);
        o.seed = seed;
        o.bars = 5;
        o.primer = &primer;
        o.loop = seed % 2;
        TbScore s = compose_draw(&o, &report);
        const int32_t line = 8 * 4 * 480 * metre[0] / metre[1];
        assert_int_equal(report.first, 8);
        assert_int_equal(report.bars, 13);
        assert_true(compose_begins_with(&s, &primer));
        assert_int_equal(count_before(&s, -1, line), primer.n_notes); /* and nothing else */
        assert_true(s.n_notes > primer.n_notes);
        assert_int_equal(s.end, line / 8 * 13);
        assert_true(s.n_tempos == 2 && s.tempos[1].us_per_quarter == primer.tempos[1].us_per_quarter);
        assert_int_equal(s.n_parts, primer.n_parts);
        o.without_primer = true;
        TbScore rest = compose_draw(&o, &report);
        assert_true(report.first == 0 && report.bars == 5);
        assert_int_equal(rest.end, line / 8 * 5);
        assert_int_equal(rest.n_notes, s.n_notes - primer.n_notes);
        tb_score_free(&rest);
        tb_score_free(&s);
        tb_score_free(&primer);
    }
}

/* A primer of one part gets the others, from its first bar on; one that is continued does not. */
static void test_primers_of_a_part(void **state) {
    (void)state;
    static const char *const names[] = {"Drums", "Bass", "Chords", "Voice"};
    for (int i = 0; i < 4; i++) {
        TbComposeOptions o;
        TbComposeReport report;
        TbScore whole = played((uint64_t)i, 4, 4), primer = part_of(&whole, names[i]);
        const int32_t line = 8 * 1920;
        const int channel = primer.parts[0].channel;
        tb_compose_defaults(&o);
        o.bars = 4;
        o.primer = &primer;
        TbScore s = compose_draw(&o, &report);
        assert_true(compose_begins_with(&s, &primer));
        assert_int_equal(report.bars, 12);
        assert_int_equal(s.end, 12 * 1920);
        assert_int_equal(s.n_parts, 4);
        assert_int_equal(count_before(&s, channel, line), primer.n_notes);
        for (size_t p = 0; p < s.n_parts; p++)
            assert_true(count_before(&s, s.parts[p].channel, line) > 0);
        tb_score_free(&s);
        o.continues = true;
        s = compose_draw(&o, &report);
        assert_int_equal(s.n_parts, 1);
        assert_true(compose_begins_with(&s, &primer) && s.n_notes > primer.n_notes);
        tb_score_free(&s);
        tb_score_free(&primer);
        tb_score_free(&whole);
    }
}

/* Ticks of another length, and too few of them. */
static void test_ticks(void **state) {
    (void)state;
    TbComposeOptions o;
    TbScore primer, s;
    tb_compose_defaults(&o);
    o.bars = 2;
    o.primer = &primer;
    for (int ticks = 1; ticks < 1000; ticks = ticks * 5 / 2 + 1) {
        assert_int_equal(tb_score_new(ticks, &primer), TB_OK);
        assert_int_equal(tb_score_add_part(&primer, "Voice", 40, 0, NULL), TB_OK);
        for (int i = 0; i < 8; i++)
            assert_int_equal(tb_score_add_note(&primer, (TbScoreNote){i * ticks, ticks, (uint8_t)(60 + i), 80, 0}),
                             TB_OK);
        s = compose_draw(&o, NULL);
        assert_int_equal(s.end, 4 * 4 * s.ticks_per_quarter);
        assert_true(s.ticks_per_quarter % ticks == 0 && s.ticks_per_quarter >= 96);
        for (size_t i = 0, n = 0; n < 8; i++)
            if (s.parts[s.notes[i].part].channel == 0 && strcmp(s.parts[s.notes[i].part].name, "Voice") == 0)
                assert_true(s.notes[i].onset == (int32_t)n * s.ticks_per_quarter && s.notes[i].pitch == 60 + (int)n++);
        tb_score_free(&s);
        tb_score_free(&primer);
    }
}

static void test_refused(void **state) {
    (void)state;
    TbComposeOptions o;
    TbScore empty, piece = played(1, 4, 4), s, odd = played(1, 4, 4);
    assert_int_equal(tb_score_new(480, &empty), TB_OK);
    tb_compose_defaults(&o);
    o.primer = &empty;
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_EMPTY);
    o.primer = &piece;
    o.bars = TB_COMPOSE_BARS;
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_UNSUPPORTED);
    o.bars = 4;
    o.locked = &piece;
    o.locked_parts = TB_COMPOSE_PART(TB_ROLE_DRUMS);
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_ARGUMENT); /* both */
    o.primer = NULL;
    o.locked_parts = 0;
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_ARGUMENT);
    o.locked_parts = TB_COMPOSE_PART(TB_ROLE_OTHER);
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_EMPTY);
    o.locked_parts = TB_COMPOSE_PART(TB_ROLE_MELODY);
    o.locked = &odd;
    assert_int_equal(tb_score_add_metre(&odd, 4 * 1920, 3, 4), TB_OK);
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_UNSUPPORTED);
    o.locked = NULL;
    o.primer = &piece;
    assert_int_equal(tb_score_add_metre(&piece, 7 * 1920, 8, 2), TB_OK); /* what follows would be in 8/2 */
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_UNSUPPORTED);
    tb_score_free(&odd);
    tb_score_free(&piece);
    tb_score_free(&empty);
}

/* ---- locked parts ---- */

static void test_locked_parts(void **state) {
    (void)state;
    static const struct {
        TbRole role;
        const char *name;
    } parts[] = {
        {TB_ROLE_DRUMS, "Drums"}, {TB_ROLE_BASS, "Bass"}, {TB_ROLE_CHORDS, "Chords"}, {TB_ROLE_MELODY, "Voice"}};
    for (int i = 0; i < 4; i++)
        for (int symbols = 0; symbols < 2; symbols++) {
            TbComposeOptions o;
            TbComposeReport report;
            TbScore piece = played((uint64_t)i, i % 2 ? 3 : 4, 4), kept = part_of(&piece, parts[i].name);
            if (!symbols)
                piece.n_chords = 0;
            for (size_t k = 0; k < kept.n_notes; k++) /* what rings on beyond the end is cut */
                if (kept.notes[k].duration > piece.end - kept.notes[k].onset)
                    kept.notes[k].duration = piece.end - kept.notes[k].onset;
            tb_compose_defaults(&o);
            o.locked = &piece;
            o.locked_parts = TB_COMPOSE_PART(parts[i].role);
            TbScore s = compose_draw(&o, &report);
            assert_true(report.bars == 8 && report.first == 0);
            assert_true(compose_begins_with(&s, &kept));
            assert_int_equal(count_before(&s, kept.parts[0].channel, INT32_MAX), kept.n_notes);
            assert_int_equal(s.n_parts, 4);
            assert_true(s.n_chords > 0);
            if (symbols)
                assert_true(s.n_chords == piece.n_chords &&
                            memcmp(s.chords, piece.chords, s.n_chords * sizeof *s.chords) == 0);
            tb_score_free(&s);
            tb_score_free(&kept);
            tb_score_free(&piece);
        }
}

/* A new part needs a channel of its own: with parts on all of them there is none, unless the part is drums. */
static void test_full_channels(void **state) {
    (void)state;
    TbComposeOptions o;
    TbScore full = played(1, 4, 4), bass = part_of(&full, "Bass"), s;
    for (int channel = 0; channel < 16; channel++)
        if (channel != TB_SCORE_DRUM_CHANNEL && channel != bass.parts[0].channel) {
            size_t part;
            assert_int_equal(tb_score_add_part(&bass, "Pad", 90, channel, &part), TB_OK);
            for (int k = 0; k < 8; k++)
                assert_int_equal(tb_score_add_note(
                                     &bass, (TbScoreNote){1920 * k, 1800, (uint8_t)(55 + channel), 70, (uint16_t)part}),
                                 TB_OK);
        }
    tb_score_sort(&bass);
    tb_compose_defaults(&o);
    o.primer = &bass;
    o.bars = 2;
    o.parts = TB_COMPOSE_PART(TB_ROLE_CHORDS);
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_ERR_UNSUPPORTED);
    assert_non_null(strstr(tb_error_text(TB_ERR_UNSUPPORTED), "all 15 channels"));
    o.parts = TB_COMPOSE_PART(TB_ROLE_DRUMS);
    assert_int_equal(tb_compose(&models, &o, &s, NULL), TB_OK);
    assert_int_equal(s.n_parts, 16);
    tb_score_free(&s);
    tb_score_free(&bass);
    tb_score_free(&full);
}

int main(void) {
    return RUN_TESTS(compose_setup, compose_teardown, test_primers, test_primers_of_a_part, test_ticks, test_refused,
                     test_locked_parts, test_full_channels);
}
