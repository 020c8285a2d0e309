/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model learns rhythms, and what it does with them. */
#include "tests/run_tests.h"
#include "tests/small_rhythms.h"
#include "tests/valid_rhythm.h"

#include <math.h>

static TbRhythmModel *model;
static TbRhythmSet *set;
static TbRhythmReport learned; /* the last */

static int setup(void **state) {
    (void)state;
    assert_int_equal(small_rhythms(&set), TB_OK);
    assert_int_equal(small_rhythm_trained(set, &learned, &model), TB_OK);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_rhythm_model_free(model);
    tb_rhythm_set_free(set);
    return 0;
}

static const TbRhythm *example(size_t i) {
    return &set->part[false].example[i].pattern;
}

static void test_learns(void **state) {
    (void)state;
    print_message("held out: loss %.2f, F1 %.3f, %.2f ms\n", learned.progress.held_out, learned.f1, learned.ms);
    assert_int_equal(learned.progress.step, 200);
    assert_true(learned.f1 > 0.8);
    assert_true(learned.ms < 6); /* the grid: 4 ticks early on average, 8 at most */
    assert_true(*model->facts.early < -0.01f && *model->facts.early > -0.06f);
}

static void test_metres(void **state) {
    (void)state;
    static const struct {
        int numerator, denominator, steps; /* 0: not possible */
    } cases[] = {{4, 4, 32}, {3, 4, 24}, {6, 8, 24}, {12, 8, 48}, {5, 4, 40}, {7, 16, 14}, {2, 2, 32},
                 {7, 4, 0},  {0, 4, 0},  {4, 32, 0}, {4, 3, 0},   {4, 0, 0},  {-4, 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbRhythm r;
        TbRhythmOptions o;
        tb_rhythm_defaults(&o);
        o.numerator = cases[i].numerator;
        o.denominator = cases[i].denominator;
        assert_int_equal(tb_rhythm_metre_is_possible(o.numerator, o.denominator), cases[i].steps > 0);
        TbStatus status = tb_rhythm_draw(model, &o, &r);
        assert_int_equal(status, cases[i].steps ? TB_OK : TB_ERR_ARGUMENT);
        if (cases[i].steps)
            assert_int_equal(tb_rhythm_steps(&r), cases[i].steps);
    }
}

static void check_valid(const TbRhythm *r) {
    assert_true(tb_rhythm_hits(r) > 0 && rhythm_is_valid(r));
}

static size_t differing(const TbRhythm *a, const TbRhythm *b) {
    size_t n = 0;
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            n += (a->cell[t][d].velocity > 0) != (b->cell[t][d].velocity > 0);
    return n;
}

static void test_draw(void **state) {
    (void)state;
    TbRhythmOptions o;
    TbRhythm a, b, c;
    size_t different = 0;
    tb_rhythm_defaults(&o);
    for (o.seed = 0; o.seed < 50; o.seed++) {
        o.style = (int)(o.seed % TB_RHYTHM_STYLES);
        o.temperature = (double)(o.seed % 5) / 2;
        o.knob[o.seed % TB_RHYTHM_KNOBS] = o.seed % 2 ? -2 : 2;
        assert_int_equal(tb_rhythm_draw(model, &o, &a), TB_OK);
        assert_int_equal(tb_rhythm_draw(model, &o, &b), TB_OK);
        assert_memory_equal(&a, &b, sizeof a); /* the same seed */
        check_valid(&a);
        different += o.seed > 0 && differing(&a, &c) > 0;
        c = a;
    }
    assert_true(different > 35);
    o.temperature = 2.5;
    assert_int_equal(tb_rhythm_draw(model, &o, &a), TB_ERR_ARGUMENT);
    o.temperature = NAN;
    assert_int_equal(tb_rhythm_draw(model, &o, &a), TB_ERR_ARGUMENT);
    o.temperature = 1;
    o.style = -1;
    assert_int_equal(tb_rhythm_draw(model, &o, &a), TB_ERR_ARGUMENT);
    o.style = 0;
    o.knob[2] = 3;
    assert_int_equal(tb_rhythm_draw(model, &o, &a), TB_ERR_ARGUMENT);
    o.knob[2] = 0;
    o.tempo = 0;
    assert_int_equal(tb_rhythm_draw(model, &o, &a), TB_ERR_ARGUMENT);
}

static void test_vary(void **state) {
    (void)state;
    TbRhythmOptions o;
    double mean[5] = {0};
    tb_rhythm_defaults(&o);
    for (size_t i = 0; i < 20; i++) {
        const TbRhythm *r = example(i);
        o.seed = i;
        for (int k = 0; k < 5; k++) {
            TbRhythm out;
            assert_int_equal(tb_rhythm_vary(model, r, k / 4.0, &o, &out), TB_OK);
            check_valid(&out);
            mean[k] += (double)differing(r, &out) / 20;
            for (int t = 0; k == 0 && t < TB_RHYTHM_STEPS; t++)
                for (int d = 0; d < TB_DRUM_CLASSES; d++) {
                    assert_true(fabsf(out.cell[t][d].velocity - r->cell[t][d].velocity) < 1e-5f);
                    assert_true(fabsf(out.cell[t][d].offset - r->cell[t][d].offset) < 1e-5f);
                }
        }
    }
    print_message("cells changed by amounts 0 to 1: %.1f %.1f %.1f %.1f %.1f\n", mean[0], mean[1], mean[2], mean[3],
                  mean[4]);
    assert_true(mean[0] == 0 && mean[4] > mean[1]);
    TbRhythm out = *example(0);
    assert_int_equal(tb_rhythm_vary(model, &out, 1.5, &o, &out), TB_ERR_ARGUMENT);
    out.cell[3][3] = (TbDrumHit){2, 0};
    assert_int_equal(tb_rhythm_vary(model, &out, 0.5, &o, &out), TB_ERR_ARGUMENT);
    out.cell[3][3] = (TbDrumHit){0.5f, -0.5f};
    assert_int_equal(tb_rhythm_vary(model, &out, 0.5, &o, &out), TB_ERR_ARGUMENT);
}

static void test_interpolate(void **state) {
    (void)state;
    enum { STEPS = 7 };
    TbRhythmOptions o;
    TbRhythm out[STEPS], back[STEPS], ends[2];
    tb_rhythm_defaults(&o);
    const TbRhythm *a = example(0), *b = example(4);
    assert_int_equal(tb_rhythm_interpolate(model, a, b, STEPS, &o, out), TB_OK);
    assert_int_equal(tb_rhythm_interpolate(model, b, a, STEPS, &o, back), TB_OK);
    assert_int_equal(tb_rhythm_interpolate(model, a, b, 2, &o, ends), TB_OK);
    assert_memory_equal(&out[0], &ends[0], sizeof *out);
    assert_memory_equal(&out[STEPS - 1], &ends[1], sizeof *out);
    assert_memory_equal(&out[0], &back[STEPS - 1], sizeof *out);
    for (int i = 0; i < STEPS; i++) {
        check_valid(&out[i]);
        assert_true(fabs(out[i].tempo - (a->tempo + i * (b->tempo - a->tempo) / (STEPS - 1))) < 1e-9);
    }
    assert_int_equal(tb_rhythm_interpolate(model, a, b, 1, &o, out), TB_ERR_ARGUMENT);
    TbRhythm other;
    tb_rhythm_clear(3, 4, 100, &other);
    assert_int_equal(tb_rhythm_interpolate(model, a, &other, 2, &o, out), TB_ERR_ARGUMENT);
}

static void test_humanise(void **state) {
    (void)state;
    TbRhythmOptions o;
    TbRhythm stiff = *example(0), out, half;
    tb_rhythm_defaults(&o);
    o.temperature = 0;
    tb_rhythm_quantise(&stiff);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            stiff.cell[t][d].velocity = stiff.cell[t][d].velocity > 0;
    assert_int_equal(tb_rhythm_humanise(model, &stiff, 1, &o, &out), TB_OK);
    check_valid(&out);
    assert_int_equal(differing(&stiff, &out), 0);
    double velocity = 0;
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            velocity += (double)out.cell[t][d].velocity / (double)tb_rhythm_hits(&out);
    print_message("mean velocity %.3f\n", velocity);
    assert_true(fabs(velocity - 80 / 127.0) < 0.15); /* of the set: 50 .. 109 */
    assert_int_equal(tb_rhythm_humanise(model, &stiff, 0.5, &o, &half), TB_OK);
    assert_true(fabsf(half.cell[0][0].velocity - (1 + out.cell[0][0].velocity) / 2) < 1e-5f);
    assert_int_equal(tb_rhythm_humanise(model, &stiff, 0, &o, &half), TB_OK);
    assert_memory_equal(&half, &stiff, sizeof half);
}

static void test_fill(void **state) {
    (void)state;
    TbRhythmOptions o;
    TbRhythmMask locked = {{0}};
    tb_rhythm_defaults(&o);
    o.knob[TB_RHYTHM_DYNAMICS] = o.knob[TB_RHYTHM_TIGHTNESS] = o.knob[TB_RHYTHM_SWING] = 2;
    TbRhythm r = *example(0), out;
    size_t hats = 0;
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            locked[t][d] = d < 2; /* kick and snare */
            if (d >= 2)
                r.cell[t][d] = (TbDrumHit){0};
        }
    for (o.seed = 0; o.seed < 10; o.seed++) {
        assert_int_equal(tb_rhythm_fill(model, &r, locked, &o, &out), TB_OK);
        check_valid(&out);
        for (int t = 0; t < TB_RHYTHM_STEPS; t++) {
            assert_memory_equal(out.cell[t], r.cell[t], 2 * sizeof(TbDrumHit));
            hats += out.cell[t][2].velocity > 0;
        }
    }
    print_message("hats filled in: %.1f of 16\n", (double)hats / 10);
    assert_true(hats > 80);
}

static void test_taps(void **state) {
    (void)state;
    TbRhythmOptions o;
    TbRhythm taps, out;
    tb_rhythm_defaults(&o);
    tb_rhythm_clear(4, 4, 110, &taps);
    for (int t = 0; t < 32; t += 2)
        taps.cell[t][0] = (TbDrumHit){1, 0.05f};
    for (int loudness = 0; loudness < 2; loudness++) {
        assert_int_equal(tb_rhythm_from_taps(model, &taps, loudness, &o, &out), TB_OK);
        check_valid(&out);
        for (int t = 0; t < 32; t += 2) { /* each tap is heard */
            bool heard = false;
            for (int d = 0; d < TB_DRUM_CLASSES; d++)
                heard = heard || out.cell[t][d].velocity > 0;
            assert_true(heard);
        }
    }
}

/* Each knob moves its measure up, by as much as it can. */
static void test_knobs(void **state) {
    (void)state;
    for (int knob = 0; knob < TB_RHYTHM_KNOBS; knob++) {
        double first = 0, last = 0;
        for (uint64_t seed = 0; seed < 5; seed++) {
            double before = -INFINITY;
            for (int i = 0; i <= 8; i++) {
                TbRhythmOptions o;
                TbRhythm r;
                TbRhythmMeasures m;
                tb_rhythm_defaults(&o);
                o.seed = seed;
                o.knob[knob] = -2 + 0.5 * i;
                assert_int_equal(tb_rhythm_draw(model, &o, &r), TB_OK);
                tb_rhythm_measure(&r, &m);
                const double values[] = {m.density, m.syncopation, m.swing, m.dynamics, m.tightness};
                assert_true(!(values[knob] < before - 1e-6));
                before = values[knob];
                first += i == 0 ? before : 0;
                last += i == 8 ? before : 0;
            }
        }
        print_message("%s: %.3f to %.3f\n", tb_rhythm_knob_name(knob), first / 5, last / 5);
        assert_true(last > 1.05 * first);
    }
    assert_string_equal(tb_rhythm_knob_name(-1), "");
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_learns, test_metres, test_draw, test_vary, test_interpolate, test_humanise,
                     test_fill, test_taps, test_knobs);
}
