/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures, distances of styles and copied runs equal those of an independent program; and what follows from their
 * definitions. */
#include "tests/score_golden.h"
#include "tests/score_pieces.h"

#include <stdio.h>

static const double NEAR = 1e-6;

static double relative_error(double a, double b) {
    if (isnan(a) || isnan(b))
        return isnan(a) == isnan(b) ? 0 : INFINITY;
    return fabs(a - b) / fmax(1, fabs(b));
}

static void test_measures(void **state) {
    (void)state;
    double worst = 0;
    for (size_t k = 0; k < GOLDEN_PIECES; k++) {
        TbScore s = piece(k + 1);
        TbMeasures m;
        char key[TB_CHORD_TEXT];
        piece_ok(tb_score_measure(&s, TB_SCOPE_AUTO, &m));
        const struct {
            const char *name;
            double value;
        } own[] = {
#define OWN(name) {#name, m.name},
            TB_MEASURES(OWN)};
        assert_int_equal(sizeof own / sizeof *own, GOLDEN_MEASURES);
        for (size_t i = 0; i < GOLDEN_MEASURES; i++) {
            double error = relative_error(own[i].value, golden_measures[k].value[i]);
            worst = fmax(worst, error);
            if (!(error <= NEAR))
                fail_msg("piece %zu: %s is %.9g, not %.9g", k + 1, own[i].name, own[i].value,
                         golden_measures[k].value[i]);
        }
        tb_key_name(m.key, key);
        assert_string_equal(key, golden_measures[k].key);
        assert_true(m.ends_on_bar);
        tb_score_free(&s);
    }
    print_message("worst relative error of %d measures: %.1e\n", GOLDEN_PIECES * GOLDEN_MEASURES, worst);
}

static void test_nothing_is_measured_without_notes(void **state) {
    (void)state;
    TbScore s;
    TbMeasures m;
    TbStyle style;
    piece_ok(tb_score_new(96, &s));
    s.end = 100;
    piece_ok(tb_score_measure(&s, TB_SCOPE_AUTO, &m));
    assert_true(m.notes == 0 && m.bars == 0 && m.seconds == 0 && isnan(m.rep1) && isnan(m.drum_match) &&
                isnan(m.vel_spread) && m.key.tonic == -1 && !m.ends_on_bar);
    assert_int_equal(tb_score_style(&s, TB_SCOPE_AUTO, &style), TB_ERR_EMPTY);
    tb_score_free(&s);
}

static size_t styles(size_t from, size_t to, TbStyle *style) {
    size_t n = 0;
    for (size_t k = from; k < to; k++) {
        TbScore s = piece(k + 1);
        piece_ok(tb_score_style(&s, TB_SCOPE_AUTO, &style[n++]));
        tb_score_free(&s);
    }
    return n;
}

static void test_distances(void **state) {
    (void)state;
    static TbStyle a[GOLDEN_PIECES], b[GOLDEN_PIECES];
    TbStyleDistance d;
    size_t n_a = styles(0, GOLDEN_TESTED, a), n_b = styles(GOLDEN_TESTED, GOLDEN_PIECES, b);
    piece_ok(tb_style_compare(a, n_a, b, n_b, &d));
    double mean = 0;
    for (int f = 0; f < TB_STYLE_FEATURES; f++) {
        const double own[] = {d.oa[f], d.kl[f], d.oa_ref[f], d.kl_ref[f], d.shift[f]};
        for (int i = 0; i < 5; i++)
            if (!(relative_error(own[i], golden_distances[f][i]) <= NEAR))
                fail_msg("%s, value %d: %.9g, not %.9g", tb_style_feature(f), i, own[i], golden_distances[f][i]);
        mean += d.oa[f] / TB_STYLE_FEATURES;
    }
    assert_true(fabs(mean - d.mean_oa) < 1e-12);
    assert_int_equal(tb_style_compare(a, 2, b, n_b, &d), TB_ERR_EMPTY);
    assert_string_equal(tb_style_feature(0), "used_pitch");
    assert_string_equal(tb_style_feature(12), "");
}

/* The 120 names with the smallest CRC-32, by zlib. */
static void test_picked_names(void **state) {
    (void)state;
    static char text[200][32];
    const char *names[200];
    for (int i = 0; i < 200; i++) {
        snprintf(text[i], sizeof text[i], "folder/%d.mid", i);
        names[i] = text[i];
    }
    assert_int_equal(tb_style_pick(names, 119), 119);
    assert_ptr_equal(names[1], text[1]); /* few enough: nothing to choose */
    assert_int_equal(tb_style_pick(names, 200), TB_STYLE_PIECES);
    assert_string_equal(names[0], "folder/105.mid");
    assert_string_equal(names[119], "folder/28.mid");
}

static void test_copied_runs(void **state) {
    (void)state;
    TbCopyIndex *index = piece_index(GOLDEN_TESTED, GOLDEN_PIECES);
    for (size_t k = 0; k < GOLDEN_TESTED; k++) {
        TbCopied c;
        TbScore s = piece(k + 1);
        piece_ok(tb_copy_index_find(index, &s, &c));
        tb_score_free(&s);
        if (relative_error(c.run, golden_copies[k][0]) > 0 || relative_error(c.drum_run, golden_copies[k][1]) > 0)
            fail_msg("piece %zu: %g notes and %g bars, not %g and %g", k + 1, c.run, c.drum_run, golden_copies[k][0],
                     golden_copies[k][1]);
        assert_true(c.run > 0 ? c.name != NULL : c.name == NULL);
    }
    tb_copy_index_free(index);
}

/* A melody of random steps without ostinati, and 20 of its notes in another piece, transposed and at another tempo. */
static TbScore walk(uint64_t seed, const TbScore *quoted, int up) {
    TbScore s;
    TbRng rng;
    tb_rng_seed(&rng, seed);
    piece_ok(tb_score_new(480, &s));
    piece_ok(tb_score_add_part(&s, "", 0, 0, NULL));
    int32_t tick = 0;
    for (int i = 0; i < 60; i++) {
        TbScoreNote n = {tick, 100, (uint8_t)(40 + draw(&rng, 40)), 90, 0};
        if (quoted && i >= 30 && i < 50) {
            n = quoted->notes[i - 10];
            n.pitch += (uint8_t)up;
            n.onset += tick - (i == 30 ? quoted->notes[20].onset : n.onset);
            tick += quoted->notes[i - 9].onset - quoted->notes[i - 10].onset;
        } else {
            tick += 40 * (1 + draw(&rng, 30));
        }
        piece_ok(tb_score_add_note(&s, n));
    }
    tb_score_sort(&s);
    return s;
}

static void test_a_quotation_is_found(void **state) {
    (void)state;
    TbCopyIndex *index;
    TbCopied c;
    TbScore first = walk(1, NULL, 0), second = walk(2, NULL, 0), quotes = walk(3, &second, 5);
    piece_ok(tb_copy_index_new(&index));
    piece_ok(tb_copy_index_add(index, "first", &first));
    piece_ok(tb_copy_index_add(index, "second", &second));
    piece_ok(tb_copy_index_find(index, &quotes, &c));
    assert_true(c.run == 20 && isnan(c.drum_run));
    assert_string_equal(c.name, "second");
    piece_ok(tb_copy_index_find(index, &first, &c));
    assert_true(c.run == 60);
    assert_string_equal(c.name, "first");
    piece_ok(tb_copy_index_add(index, "quotes", &quotes)); /* after a search */
    piece_ok(tb_copy_index_find(index, &quotes, &c));
    assert_true(c.run == 60);
    assert_string_equal(c.name, "quotes");
    tb_copy_index_free(index);
    tb_copy_index_free(NULL);
    tb_score_free(&first);
    tb_score_free(&second);
    tb_score_free(&quotes);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_measures, test_nothing_is_measured_without_notes, test_distances,
                     test_picked_names, test_copied_runs, test_a_quotation_is_found);
}
