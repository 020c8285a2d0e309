/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drums of a section. */
#include "tests/run_tests.h"
#include "tests/small_rhythms.h"
#include "tests/valid_rhythm.h"

enum { MOST = 5, KICK = 0, CRASH = 7 };

static TbRhythmModel *model;
static TbRhythmOptions plain;

static int setup(void **state) {
    (void)state;
    TbRhythmSet *set;
    tb_rhythm_defaults(&plain);
    assert_int_equal(small_rhythms(&set), TB_OK);
    assert_int_equal(small_rhythm_trained(set, NULL, &model), TB_OK);
    tb_rhythm_set_free(set);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_rhythm_model_free(model);
    return 0;
}

static TbRhythm beat_in(int numerator, int denominator) {
    TbRhythm beat;
    TbRhythmOptions o = plain;
    o.numerator = numerator;
    o.denominator = denominator;
    assert_int_equal(tb_rhythm_draw_beat(model, &o, &beat), TB_OK);
    return beat;
}

/* Cells of steps first .. end - 1 that only one of the two has a hit in. */
static size_t differing(const TbRhythm *a, const TbRhythm *b, int first, int end) {
    size_t n = 0;
    for (int t = first; t < end; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            n += (a->cell[t][d].velocity > 0) != (b->cell[t][d].velocity > 0);
    return n;
}

static size_t hits_of_bar(const TbRhythm *out, size_t bar) {
    TbRhythm empty;
    const int n = tb_rhythm_steps(out) / 2, first = (int)(bar % 2) * n;
    tb_rhythm_clear(out->numerator, out->denominator, out->tempo, &empty);
    return differing(&out[bar / 2], &empty, first, first + n);
}

static void test_draw_beat(void **state) {
    (void)state;
    size_t kicks = 0;
    TbRhythmOptions o = plain;
    for (o.seed = 0; o.seed < 20; o.seed++) {
        TbRhythm a, b;
        assert_int_equal(tb_rhythm_draw_beat(model, &o, &a), TB_OK);
        assert_int_equal(tb_rhythm_draw_beat(model, &o, &b), TB_OK);
        assert_memory_equal(&a, &b, sizeof a); /* the same seed */
        assert_true(rhythm_is_valid(&a));
        kicks += a.cell[0][KICK].velocity > 0;
    }
    assert_int_equal(kicks, 20); /* as all of what the model has learned from */
    o.style = -1;
    assert_int_equal(tb_rhythm_draw_beat(model, &o, &(TbRhythm){0}), TB_ERR_ARGUMENT);
}

/* Without change, fill and hits of its own a section is the pattern again and again; half of it, if the bars are odd.
 */
static void test_repeats(void **state) {
    (void)state;
    const TbRhythm beat = beat_in(4, 4);
    TbRhythmSection s;
    TbRhythm out[MOST];
    tb_rhythm_section_defaults(&s);
    s.change = s.fill = 0;
    for (s.n_bars = 1; s.n_bars <= 2 * MOST; s.n_bars++) {
        const size_t n = (s.n_bars + 1) / 2;
        assert_int_equal(tb_rhythm_section(model, &beat, &s, &plain, out), TB_OK);
        for (size_t i = 0; i < s.n_bars / 2; i++)
            assert_memory_equal(&out[i], &beat, sizeof beat);
        if (s.n_bars % 2) {
            assert_int_equal(differing(&out[n - 1], &beat, 0, 16), 0);
            assert_int_equal(hits_of_bar(out, s.n_bars), 0);
        }
    }
}

/* In all metres and lengths: what is made is possible, the same again for the same seed; only the last beats differ
 * from a section without a fill; the ending is a hit and silence. */
static void test_sections(void **state) {
    (void)state;
    static const int metres[][3] = {{4, 4, 4}, {3, 4, 4}, {6, 8, 6}, {12, 8, 6}, {7, 16, 7}, {5, 4, 4}};
    for (size_t i = 0; i < 48; i++) {
        const int *metre = metres[i % 6], bar = metre[0] * 16 / metre[1];
        const TbRhythm beat = beat_in(metre[0], metre[1]);
        TbRhythm out[MOST], again[MOST], without[MOST];
        TbRhythmSection s;
        TbRhythmOptions o = plain;
        tb_rhythm_section_defaults(&s);
        o.seed = i;
        s.n_bars = 1 + i % (2 * MOST);
        s.change = 0.3;
        s.fill = (int)(i % 2);
        s.crash = i % 3 == 0;
        s.ending = i % 4 >= 2;
        const size_t n = (s.n_bars + 1) / 2;
        assert_int_equal(tb_rhythm_section(model, &beat, &s, &o, out), TB_OK);
        assert_int_equal(tb_rhythm_section(model, &beat, &s, &o, again), TB_OK);
        assert_memory_equal(out, again, n * sizeof *out);
        s.fill = 0;
        assert_int_equal(tb_rhythm_section(model, &beat, &s, &o, without), TB_OK);
        for (size_t k = 0; k < n; k++)
            assert_true(rhythm_is_valid(&out[k]) && out[k].tempo == beat.tempo);
        for (size_t k = 0; k < s.n_bars; k++) {
            const bool filled = k + 1 + s.ending == s.n_bars && i % 2;
            const int first = (int)(k % 2) * bar, length = bar - (filled ? metre[2] : 0);
            assert_memory_equal(out[k / 2].cell[first], without[k / 2].cell[first], (size_t)length * sizeof *out->cell);
        }
        if (s.crash)
            assert_true(out[0].cell[0][KICK].velocity > 0 && out[0].cell[0][CRASH].velocity > 0);
        if (s.ending) {
            const TbRhythm *last = &out[(s.n_bars - 1) / 2];
            const TbDrumHit *hit = last->cell[(s.n_bars - 1) % 2 * (size_t)bar];
            assert_true(hit[KICK].velocity > 0 && hit[CRASH].velocity > 0);
            assert_int_equal(hits_of_bar(out, s.n_bars - 1), 2);
        }
    }
}

/* Returns differ from the pattern the more, the larger the change; fills come out different. */
static void test_change(void **state) {
    (void)state;
    const TbRhythm beat = beat_in(4, 4);
    double mean[3] = {0};
    for (int k = 0; k < 3; k++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            TbRhythmSection s;
            TbRhythm out[MOST];
            TbRhythmOptions o = plain;
            tb_rhythm_section_defaults(&s);
            o.seed = seed;
            s.n_bars = (size_t)2 * MOST;
            s.fill = 0;
            s.change = k / 2.0;
            assert_int_equal(tb_rhythm_section(model, &beat, &s, &o, out), TB_OK);
            for (int i = 1; i < MOST; i++)
                mean[k] += (double)differing(&out[i], &beat, 0, 32) / (8 * (MOST - 1));
        }
    print_message("cells changed: %.2f %.2f %.2f\n", mean[0], mean[1], mean[2]);
    assert_true(mean[0] == 0 && mean[1] > 0 && mean[2] > mean[1]);
}

static void test_refused(void **state) {
    (void)state;
    const TbRhythm beat = beat_in(3, 4);
    TbRhythm out[MOST], bad = beat;
    TbRhythmSection good;
    tb_rhythm_section_defaults(&good);
    const struct {
        size_t n_bars;
        double change;
        int fill;
    } cases[] = {{0, 0.1, 0}, {4097, 0.1, 0}, {4, -0.1, 0}, {4, 1.1, 0}, {4, 0.1, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbRhythmSection s = good;
        s.n_bars = cases[i].n_bars;
        s.change = cases[i].change;
        s.fill = cases[i].fill;
        assert_int_equal(tb_rhythm_section(model, &beat, &s, &plain, out), TB_ERR_ARGUMENT);
    }
    bad.cell[0][0].velocity = 2;
    assert_int_equal(tb_rhythm_section(model, &bad, &good, &plain, out), TB_ERR_ARGUMENT);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_draw_beat, test_repeats, test_sections, test_change, test_refused);
}
