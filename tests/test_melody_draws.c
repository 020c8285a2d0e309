/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of melodies does, with weights that have learned nothing: no invalid note, whatever the options; the
 * form, the chords, the key and the end that are asked for; what is given stays. */
#include "melody/context.h"
#include "tests/run_tests.h"
#include "tests/small_melodies.h"

#include <stdio.h>

static TbMelodyModel *model;

static int setup(void **state) {
    (void)state;
    TbMelodySet *set;
    assert_int_equal(small_melodies(&set), TB_OK);
    assert_int_equal(tbi_melody_model_new(&small_melody_sizes, &model), TB_OK);
    TbRng rng;
    tb_rng_seed(&rng, 3);
    for (size_t i = 0; i < model->at.table.n_params; i++) /* far from flat */
        model->params[i] = 0.7f * tb_rng_normal(&rng);
    assert_int_equal(tbi_melody_count_facts(model, set, NULL), TB_OK);
    tb_melody_set_free(set);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_melody_model_free(model);
    return 0;
}

static void check_valid(const TbMelody *m, const TbMelodyOptions *o) {
    const int32_t end = m->line[m->n_bars];
    assert_true(m->n_notes > 0);
    for (size_t i = 0; i < m->n_notes; i++) {
        const TbMelodyNote *n = &m->notes[i];
        const int32_t next = i + 1 < m->n_notes ? n[1].onset : end;
        assert_true(n->onset >= 0 && n->duration >= 1 && n->onset + n->duration <= next);
        assert_true(n->velocity >= 1 && n->velocity <= 127);
        if (o)
            assert_true(n->pitch >= o->lowest && n->pitch <= o->highest);
    }
}

static bool equal(const TbMelody *a, const TbMelody *b) {
    return a->n_notes == b->n_notes && a->n_chords == b->n_chords &&
           memcmp(a->notes, b->notes, a->n_notes * sizeof *a->notes) == 0;
}

static void random_options(uint64_t seed, TbMelodyOptions *o) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {2, 4}, {6, 8}, {5, 4}, {7, 8}, {3, 16}, {4, 2}};
    static const char *const forms[] = {NULL, "", "AABA", "AB", "ABAB"};
    TbRng rng;
    tb_rng_seed(&rng, seed);
    tb_melody_defaults(o);
    o->seed = seed;
    const int metre = (int)(tb_rng_next(&rng) % 8);
    o->numerator = metres[metre][0];
    o->denominator = metres[metre][1];
    o->tonic = (int)(tb_rng_next(&rng) % 12);
    o->minor = tb_rng_next(&rng) % 2;
    o->form = forms[tb_rng_next(&rng) % 5];
    o->bars = o->form ? 4 * (1 + (int)(tb_rng_next(&rng) % 4)) : 1 + (int)(tb_rng_next(&rng) % 20);
    o->temperature = (double)(tb_rng_next(&rng) % 5) / 2;
    o->top_p = 0.1 + 0.3 * (double)(tb_rng_next(&rng) % 4);
    o->density = (double)(tb_rng_next(&rng) % 5) - 2;
    o->lowest = (int)(tb_rng_next(&rng) % 116);
    o->highest = o->lowest + 12 + (int)(tb_rng_next(&rng) % 40);
    o->highest = o->highest > 127 ? 127 : o->highest;
    o->lowest = o->lowest > 115 ? 115 : o->lowest;
    o->loop = tb_rng_next(&rng) % 2;
}

static void test_draws_are_valid(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        TbMelodyOptions o;
        TbMelody a, b;
        TbScore score;
        random_options(seed, &o);
        assert_int_equal(tb_melody_draw(model, &o, &a), TB_OK);
        assert_int_equal(a.n_bars, o.bars);
        assert_int_equal(a.line[a.n_bars], o.bars * o.numerator * 48 / o.denominator);
        check_valid(&a, &o);
        assert_int_equal(tb_melody_draw(model, &o, &b), TB_OK);
        assert_true(equal(&a, &b));
        assert_int_equal(tb_melody_to_score(&a, &score), TB_OK);
        assert_int_equal(score.end, a.line[a.n_bars] * 40);
        tb_score_free(&score);
        tb_melody_free(&a), tb_melody_free(&b);
    }
}

static void test_guards(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        TbMelodyOptions o;
        TbMelody m;
        tb_melody_defaults(&o);
        o.seed = seed;
        o.form = "";
        o.temperature = 2;
        o.top_p = 1;
        o.minor = seed % 2;
        assert_int_equal(tb_melody_draw(model, &o, &m), TB_OK);
        int run = 1;
        for (size_t i = 1; i < m.n_notes; i++) {
            run = m.notes[i].pitch == m.notes[i - 1].pitch ? run + 1 : 1;
            assert_true(run <= 5); /* four, and a tonic that ends it */
            assert_true(tbi_melody_bar_at(&m, m.notes[i].onset) - tbi_melody_bar_at(&m, m.notes[i - 1].onset) <= 2);
        }
        tb_melody_free(&m);
    }
}

static size_t first_in(const TbMelody *m, int32_t bar) {
    size_t i = 0;
    while (i < m->n_notes && m->notes[i].onset < m->line[bar])
        i++;
    return i;
}

/* Onsets and pitches; two empty bars are the same. */
static bool same_bar(const TbMelody *m, int32_t a, int32_t b) {
    size_t i = first_in(m, a), k = first_in(m, b);
    const size_t n = first_in(m, a + 1) - i;
    if (first_in(m, b + 1) - k != n)
        return false;
    for (size_t note = 0; note < n; note++, i++, k++)
        if (m->notes[i].pitch != m->notes[k].pitch || m->notes[k].onset - m->notes[i].onset != m->line[b] - m->line[a])
            return false;
    return true;
}

static void test_form_and_chords(void **state) {
    (void)state;
    TbMelodyOptions o;
    TbMelody m;
    const TbMelodyChord chords[] = {{0, {0, 0, -1}}, {48, {7, 0, -1}}, {96, {0, 0, -1}}, {144, {7, 0, -1}}};
    tb_melody_defaults(&o);
    o.form = "AABA";
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_OK);
    for (int b = 0; b < 4; b++)
        assert_true(same_bar(&m, b, b + 4));
    tb_melody_free(&m);
    o.bars = 4;
    o.form = "AB";
    o.chords = chords;
    o.n_chords = 4;
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_OK);
    assert_int_equal(m.n_chords, 4);
    assert_memory_equal(m.chords, chords, sizeof chords);
    tb_melody_free(&m);
    o.form = "ABC";
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_ERR_ARGUMENT);
    o.chords = NULL;
    o.bars = 5; /* phrases of two bars, two, and one */
    o.form = "ABA";
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_OK);
    assert_true(same_bar(&m, 0, 4));
    tb_melody_free(&m);
    o.form = NULL;
    o.bars = 0;
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_ERR_ARGUMENT);
    tb_melody_defaults(&o);
    o.denominator = 3;
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_ERR_ARGUMENT);
    tb_melody_defaults(&o);
    o.highest = o.lowest + 3;
    assert_int_equal(tb_melody_draw(model, &o, &m), TB_ERR_ARGUMENT);
}

static double steps_of_class(const TbMelody *m, int pitch_class) {
    double steps = 0;
    for (size_t i = 0; i < m->n_notes; i++)
        steps += m->notes[i].pitch % 12 == pitch_class ? m->notes[i].duration : 0;
    return steps;
}

/* A draw begins and ends on the tonic's chord, with a dominant before it now and then; its last note is the tonic, also
 * if its last bar returns an earlier one; nearly all have the key that is asked for, though to the network all notes
 * are alike. */
static void test_key_and_ending(void **state) {
    (void)state;
    static const char *const forms[] = {NULL, "AABA", "AA", ""};
    enum { DRAWS = 60 };
    int in_key = 0, dominants = 0;
    TbMelodyModel *flat;
    assert_int_equal(tbi_melody_model_new(&small_melody_sizes, &flat), TB_OK);
    memcpy(flat->facts.slab, model->facts.slab, flat->facts.table.n_params * sizeof(float));
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        TbMelodyOptions o;
        TbMelody m;
        double steps[12];
        tb_melody_defaults(&o);
        o.seed = seed;
        o.bars = seed % 2 ? 32 : 16;
        o.density = 1.5;
        o.tonic = (int)(seed % 12);
        o.minor = seed % 5 == 0;
        o.form = forms[seed % 4];
        assert_int_equal(tb_melody_draw(flat, &o, &m), TB_OK);
        assert_int_equal(m.notes[m.n_notes - 1].pitch % 12, o.tonic);
        assert_int_equal(m.chords[0].chord.root, o.tonic);
        assert_int_equal(tbi_melody_chord_at(&m, m.line[o.bars] - 1).root, o.tonic);
        dominants += tbi_melody_chord_at(&m, m.line[o.bars - 2]).root == (o.tonic + 7) % 12;
        for (int k = 0; k < 12; k++)
            steps[k] = steps_of_class(&m, k);
        in_key += tb_key_margin(steps, m.key) > 0;
        tb_melody_free(&m);
    }
    tb_melody_model_free(flat);
    print_message("%d of %d in their key, %d with a dominant before the end\n", in_key, DRAWS, dominants);
    assert_true(in_key >= DRAWS * 9 / 10);
    assert_true(dominants >= DRAWS / 4);
}

static void test_what_is_given_stays(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        TbMelodyOptions o;
        TbMelody given, out;
        assert_int_equal(small_melody(seed, seed % 3 ? 4 : 3, 4, &given), TB_OK);
        tb_melody_defaults(&o);
        o.seed = seed;
        o.bars = 5;
        assert_int_equal(tb_melody_continue(model, &given, &o, &out), TB_OK);
        check_valid(&out, NULL);
        assert_int_equal(out.n_bars, 13);
        assert_true(out.n_notes > given.n_notes);
        assert_memory_equal(out.notes, given.notes, given.n_notes * sizeof *given.notes);
        tb_melody_free(&out);
        assert_int_equal(tb_melody_fill(model, &given, 2, 3, &o, &out), TB_OK);
        check_valid(&out, NULL);
        for (size_t i = 0, k = 0; i < given.n_notes; i++) {
            if (given.notes[i].onset >= given.line[2] && given.notes[i].onset < given.line[5])
                continue;
            while (k < out.n_notes && out.notes[k].onset < given.notes[i].onset)
                k++;
            assert_memory_equal(&out.notes[k], &given.notes[i], sizeof *given.notes);
        }
        tb_melody_free(&out);
        assert_int_equal(tb_melody_vary(model, &given, 0, &o, &out), TB_OK);
        assert_true(equal(&out, &given));
        tb_melody_free(&out);
        assert_int_equal(tb_melody_vary(model, &given, 1, &o, &out), TB_OK);
        check_valid(&out, NULL);
        assert_false(equal(&out, &given));
        assert_true(same_bar(&out, 0, 4)); /* what returned still does */
        tb_melody_free(&out);
        assert_int_equal(tb_melody_vary(model, &given, 1.5, &o, &out), TB_ERR_ARGUMENT);
        given.notes[1].onset = given.notes[0].onset;
        assert_int_equal(tb_melody_continue(model, &given, &o, &out), TB_ERR_ARGUMENT);
        tb_melody_free(&given);
    }
}

/* New bars after given ones follow chords and a form as those of a draw do. */
static void test_continuations_of_a_form(void **state) {
    (void)state;
    const TbMelodyChord chords[] = {{0, {0, 0, -1}}, {48, {7, 0, -1}}, {96, {0, 0, -1}}, {144, {7, 0, -1}}};
    TbMelodyOptions o;
    TbMelody given, out;
    assert_int_equal(small_melody(0, 4, 4, &given), TB_OK);
    const size_t n = given.n_chords;
    tb_melody_defaults(&o);
    o.bars = 4;
    o.form = "AA";
    o.chords = chords;
    o.n_chords = 4;
    assert_int_equal(tb_melody_continue(model, &given, &o, &out), TB_OK);
    assert_int_equal(out.n_chords, n + 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(out.chords[n + i].step, given.line[given.n_bars] + chords[i].step);
    assert_true(same_bar(&out, 8, 10) && same_bar(&out, 9, 11));
    tb_melody_free(&out);
    tb_melody_free(&given);
}

/* The ways between tunes in two keys: their ends are the tunes; between them nothing is invalid, and nearly every step
 * is nearer to one and farther from the other. */
static void test_interpolate(void **state) {
    (void)state;
    enum { PAIRS = 10, STEPS = 6 };
    int steps = 0, on = 0;
    for (uint64_t seed = 0; seed < PAIRS; seed++) {
        TbMelody from, to, out[STEPS], other;
        TbMelodyOptions o;
        double before[2] = {0, 1}, distance[2];
        tb_melody_defaults(&o);
        o.seed = seed;
        assert_int_equal(small_melody(seed, 4, 4, &from), TB_OK);
        assert_int_equal(small_melody(seed + 31, 4, 4, &to), TB_OK);
        assert_int_equal(tb_melody_interpolate(model, &from, &to, STEPS, &o, out), TB_OK);
        assert_true(equal(&out[0], &from) && equal(&out[STEPS - 1], &to));
        for (int i = 0; i < STEPS; i++) {
            check_valid(&out[i], NULL);
            assert_int_equal(tb_melody_distance(&out[i], &from, &distance[0]), TB_OK);
            assert_int_equal(tb_melody_distance(&out[i], &to, &distance[1]), TB_OK);
            steps += i > 0;
            on += i > 0 && distance[0] >= before[0] && distance[1] <= before[1];
            memcpy(before, distance, sizeof before);
        }
        assert_true(before[0] > 0 && before[1] == 0);
        for (int i = 0; i < STEPS; i++)
            tb_melody_free(&out[i]);
        assert_int_equal(tb_melody_interpolate(model, &from, &to, 1, &o, out), TB_ERR_ARGUMENT);
        assert_int_equal(small_melody(seed, 3, 4, &other), TB_OK);
        assert_int_equal(tb_melody_interpolate(model, &from, &other, 2, &o, out), TB_ERR_ARGUMENT);
        assert_int_equal(tb_melody_distance(&from, &other, distance), TB_ERR_ARGUMENT);
        tb_melody_free(&from), tb_melody_free(&to), tb_melody_free(&other);
    }
    print_message("%d of %d steps lead on\n", on, steps);
    assert_true(on >= steps * 9 / 10); /* notes cut at bar lines can lead back */
}

/* The chords of the tunes are those of their notes' scale: a tonic triad's notes get the tonic. */
static void test_harmonise(void **state) {
    (void)state;
    TbMelody m, out;
    assert_int_equal(small_melody(0, 4, 4, &m), TB_OK);
    m.key = (TbKey){0, false, 1};
    static const uint8_t triad[] = {60, 64, 67};
    for (size_t i = 0; i < m.n_notes; i++)
        m.notes[i].pitch = triad[i % 3];
    for (int half = 0; half < 2; half++) {
        assert_int_equal(tb_melody_harmonise(model, &m, half, &out), TB_OK);
        assert_int_equal(out.chords[0].step, 0);
        assert_int_equal(out.chords[0].chord.root, 0);
        assert_true(equal(&out, &(TbMelody){.notes = m.notes, .n_notes = m.n_notes, .n_chords = out.n_chords}));
        tb_melody_free(&out);
    }
    tb_melody_free(&m);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_draws_are_valid, test_guards, test_form_and_chords, test_key_and_ending,
                     test_what_is_given_stays, test_continuations_of_a_form, test_interpolate, test_harmonise);
}
