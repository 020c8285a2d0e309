/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drum patterns from and to scores, their measures, and what a model does with them. */
#include "tests/run_tests.h"
#include "tests/small_rhythms.h"

#include <math.h>

static TbRhythmModel *model;
static TbRhythmSet *set;

static int setup(void **state) {
    (void)state;
    TbRhythmTrainOptions o;
    small_rhythm_options(&o);
    assert_int_equal(small_rhythms(&set), TB_OK);
    assert_int_equal(tbi_rhythm_train(set, &small_rhythm_sizes, &o, &model), TB_OK);
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

/* ---- patterns ---- */

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
    assert_int_equal(tb_score_add_part(&score, "", -1, TB_DRUM_CHANNEL, &drums), TB_OK);
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
    assert_int_equal(tb_score_add_part(&score, "", -1, TB_DRUM_CHANNEL, &part), TB_OK);
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

/* ---- what a model does ---- */

static void check_valid(const TbRhythm *r) {
    assert_true(tb_rhythm_hits(r) > 0);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = r->cell[t][d];
            if (hit.velocity == 0)
                assert_true(hit.offset == 0);
            else
                assert_true(t < tb_rhythm_steps(r) && hit.velocity >= 1 / 127.0f && hit.velocity <= 1 &&
                            hit.offset > -0.5f && hit.offset <= 0.5f);
        }
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
        assert_true(tb_rhythm_hits(&out) > 8);
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
        assert_true(last > 1.1 * first);
    }
    assert_string_equal(tb_rhythm_knob_name(-1), "");
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_from_score, test_metres, test_round_trip, test_set, test_styles,
                     test_measures, test_draw, test_vary, test_interpolate, test_humanise, test_fill, test_taps,
                     test_knobs);
}
