/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores varied, interpolated, humanised and harmonised. */
#include "tests/compose_checks.h"
#include "tests/composed.h"

#include <math.h>
#include <time.h>

static TbComposeOptions plain;
static TbScore piece; /* tidy; eight bars */

static int setup(void **state) {
    assert_int_equal(small_piece(1, 4, 4, &piece), TB_OK);
    tb_score_tidy(&piece, NULL);
    tb_compose_defaults(&plain);
    return compose_setup(state);
}

static int teardown(void **state) {
    tb_score_free(&piece);
    return compose_teardown(state);
}

/* The share of a channel's notes in `a` that `b` has, too, at the same place. */
static double shared(const TbScore *a, const TbScore *b, int channel) {
    double n = 0, same = 0;
    for (size_t i = 0; i < a->n_notes; i++) {
        const TbScoreNote *x = &a->notes[i];
        if (a->parts[x->part].channel != channel)
            continue;
        n++;
        for (size_t k = 0; k < b->n_notes; k++)
            if (b->notes[k].onset == x->onset && b->notes[k].pitch == x->pitch &&
                b->parts[b->notes[k].part].channel == channel) {
                same++;
                break;
            }
    }
    return same / n;
}

static const int channels[] = {TB_SCORE_DRUM_CHANNEL, 1, 2, 3};
static const TbRole roles[] = {TB_ROLE_DRUMS, TB_ROLE_BASS, TB_ROLE_CHORDS, TB_ROLE_MELODY};

static void test_vary(void **state) {
    (void)state;
    TbScore out, again;
    TbComposeOptions o = plain;
    assert_int_equal(tb_compose_vary(&models, &piece, 0, &o, &out), TB_OK);
    assert_true(compose_same(&out, &piece));
    tb_score_free(&out);
    assert_int_equal(tb_compose_vary(&models, &piece, 1, &o, &out), TB_OK);
    assert_int_equal(tb_compose_vary(&models, &piece, 1, &o, &again), TB_OK);
    assert_true(compose_same(&out, &again));
    assert_int_equal(out.end, piece.end);
    assert_int_equal(out.n_chords, piece.n_chords);
    tb_score_free(&again);
    for (int i = 0; i < 4; i++)
        assert_true(shared(&piece, &out, channels[i]) < 1);
    tb_score_free(&out);
    for (int i = 0; i < 4; i++) { /* all but one are locked */
        o.locked_parts = TB_COMPOSE_ALL_PARTS & ~TB_COMPOSE_PART(roles[i]);
        assert_int_equal(tb_compose_vary(&models, &piece, 1, &o, &out), TB_OK);
        for (int k = 0; k < 4; k++)
            assert_true((shared(&piece, &out, channels[k]) < 1) == (k == i));
        tb_score_free(&out);
    }
    TbMusicModels none = {0};
    o.locked_parts = 0;
    assert_int_equal(tb_compose_vary(&none, &piece, 0.5, &o, &out), TB_ERR_UNSUPPORTED);
    assert_int_equal(tb_compose_vary(&models, &piece, 1.1, &o, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_compose_vary(&models, &piece, (double)NAN, &o, &out), TB_ERR_ARGUMENT);
}

/* The melodies of the steps are those of tb_melody_interpolate. */
static void check_melodies(const TbScore *to, const TbScore *out, size_t n) {
    TbMelody a, b, way[8];
    TbMelodyOptions o;
    tb_melody_defaults(&o);
    assert_int_equal(tb_melody_from_score(&piece, 0, 0, &a), TB_OK);
    assert_int_equal(tb_melody_from_score(to, 0, 0, &b), TB_OK);
    assert_int_equal(tb_melody_interpolate(models.melody, &a, &b, n, &o, way), TB_OK);
    for (size_t k = 0; k < n; k++) {
        TbMelody got;
        assert_int_equal(tb_melody_from_score(&out[k], 0, 0, &got), TB_OK);
        assert_int_equal(got.n_notes, way[k].n_notes);
        assert_memory_equal(got.notes, way[k].notes, got.n_notes * sizeof *got.notes);
        tb_melody_free(&got);
        tb_melody_free(&way[k]);
    }
    tb_melody_free(&a);
    tb_melody_free(&b);
}

/* Each step has at least as much of the end as the one before, in the parts that change by bars. */
static void test_interpolate(void **state) {
    (void)state;
    enum { N = 6 };
    TbScore to, out[N];
    assert_int_equal(small_piece(7, 4, 4, &to), TB_OK);
    assert_int_equal(tb_score_add_tempo(&to, 0, 6e7 / 160), TB_OK);
    tb_score_tidy(&to, NULL);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &to, N, &plain, out), TB_OK);
    assert_true(compose_same(&out[0], &piece));
    assert_true(compose_same(&out[N - 1], &to));
    for (int k = 1; k < N; k++) {
        assert_int_equal(out[k].end, piece.end);
        assert_true(out[k].tempos[0].us_per_quarter < out[k - 1].tempos[0].us_per_quarter);
        for (int i = 1; i < 3; i++)
            assert_true(shared(&to, &out[k], channels[i]) >= shared(&to, &out[k - 1], channels[i]));
        assert_null(k + 1 < N && out[k].n_parts != 4 ? "parts" : NULL);
    }
    check_melodies(&to, out, N);
    for (int k = 0; k < N; k++)
        tb_score_free(&out[k]);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &to, 1, &plain, out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &to, TB_COMPOSE_STEPS + 1, &plain, out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_add_metre(&to, 0, 3, 4), TB_OK);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &to, N, &plain, out), TB_ERR_UNSUPPORTED);
    assert_int_equal(out[0].n_notes, 0);
    tb_score_free(&to);
}

/* All parts of a step are in the key of the nearer end. */
static void test_interpolate_keys(void **state) {
    (void)state;
    enum { N = 6 };
    TbScore to, plain_out[N], out[N];
    assert_int_equal(tb_score_copy(&piece, &to), TB_OK);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &to, N, &plain, plain_out), TB_OK);
    assert_int_equal(tb_score_transpose(&to, 4), TB_OK);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &to, N, &plain, out), TB_OK);
    for (int k = 0; k < N; k++) {
        if (k >= N / 2)
            assert_int_equal(tb_score_transpose(&plain_out[k], 4), TB_OK);
        for (int i = 0; i < 3; i++) /* the melody is drawn anew */
            assert_true(shared(&plain_out[k], &out[k], channels[i]) == 1);
        assert_int_equal(out[k].n_chords, plain_out[k].n_chords);
        for (size_t c = 0; c < out[k].n_chords; c++)
            assert_string_equal(out[k].chords[c].text, plain_out[k].chords[c].text);
        tb_score_free(&plain_out[k]);
        tb_score_free(&out[k]);
    }
    tb_score_free(&to);
}

/* ---- progress ---- */

typedef struct {
    int calls, most;
    double last;
} Watch;

static bool watch(void *context, double done, const char *what) {
    Watch *w = context;
    assert_true(done >= 0 && done <= 1 && what && *what);
    w->last = done;
    return ++w->calls < w->most;
}

typedef TbStatus (*Make)(const TbComposeOptions *o, TbScore out[3]);

static TbStatus make_track(const TbComposeOptions *o, TbScore out[3]) {
    return tb_compose(&models, o, out, NULL);
}
static TbStatus make_variation(const TbComposeOptions *o, TbScore out[3]) {
    return tb_compose_vary(&models, &piece, 1, o, out);
}
static TbStatus make_way(const TbComposeOptions *o, TbScore out[3]) {
    return tb_compose_interpolate(&models, &piece, &piece, 3, o, out);
}
static TbStatus make_played(const TbComposeOptions *o, TbScore out[3]) {
    return tb_compose_humanise(&models, &piece, 1, o, out);
}
static TbStatus make_harmony(const TbComposeOptions *o, TbScore out[3]) {
    return tb_compose_harmonise(&models, &piece, o, out);
}

/* Progress is told, and whenever it says so, the work ends without a result. */
static void test_progress(void **state) {
    (void)state;
    static const Make makes[] = {make_track, make_variation, make_way, make_played, make_harmony};
    for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
        TbScore out[3] = {{0}};
        TbComposeOptions o = plain;
        Watch all = {.most = 1 << 20};
        o.bars = 4;
        o.progress = watch;
        o.context = &all;
        assert_int_equal(makes[i](&o, out), TB_OK);
        assert_true(all.calls >= 4 && all.last > 0.5);
        for (int k = 0; k < 3; k++)
            tb_score_free(&out[k]);
        for (int k = 1; k <= 4; k++) {
            Watch some = {.most = k * all.calls / 4};
            o.context = &some;
            assert_int_equal(makes[i](&o, out), TB_ERR_CANCELLED);
            assert_true(out->n_notes == 0 && some.calls == some.most);
        }
    }
}

/* ---- others ---- */

/* Notes of one time, and pitch, and part, stay; they move by less than a sixteenth, and some do. */
static void test_humanise(void **state) {
    (void)state;
    TbScore out, half;
    assert_int_equal(tb_compose_humanise(&models, &piece, 0, &plain, &out), TB_OK);
    assert_true(compose_same(&out, &piece));
    tb_score_free(&out);
    assert_int_equal(tb_compose_humanise(&models, &piece, 1, &plain, &out), TB_OK);
    assert_int_equal(tb_compose_humanise(&models, &piece, 0.5, &plain, &half), TB_OK);
    assert_int_equal(out.n_notes, piece.n_notes);
    assert_int_equal(out.end, piece.end);
    double moved = 0, moved_half = 0, louder = 0;
    for (size_t i = 0; i < piece.n_notes; i++) {
        const TbScoreNote *a = &piece.notes[i];
        const TbScoreNote *b = NULL, *c = NULL;
        for (size_t k = 0; k < out.n_notes; k++) {
            const TbScoreNote *x = &out.notes[k], *y = &half.notes[k];
            b = x->part == a->part && x->pitch == a->pitch && abs(x->onset - a->onset) <= 60 ? x : b;
            c = y->part == a->part && y->pitch == a->pitch && abs(y->onset - a->onset) <= 60 ? y : c;
        }
        if (!b || !c) {
            fail();
            continue;
        }
        moved += abs(b->onset - a->onset);
        moved_half += abs(c->onset - a->onset);
        louder += abs(b->velocity - a->velocity);
    }
    assert_true(moved > (double)piece.n_notes && louder > (double)piece.n_notes);
    assert_true(moved_half > 0.3 * moved && moved_half < 0.7 * moved);
    tb_score_free(&half);
    tb_score_free(&out);
    assert_int_equal(tb_compose_humanise(&models, &piece, -1, &plain, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_compose_humanise(&(TbMusicModels){0}, &piece, 1, &plain, &out), TB_ERR_UNSUPPORTED);
}

static void test_harmonise(void **state) {
    (void)state;
    TbScore out, tune;
    TbComposeOptions o = plain;
    assert_int_equal(tb_compose_harmonise(&models, &piece, &o, &out), TB_OK);
    assert_true(out.n_chords > 0);
    assert_true(shared(&piece, &out, 3) == 1 && shared(&out, &piece, 3) == 1); /* the melody */
    assert_true(shared(&piece, &out, TB_SCORE_DRUM_CHANNEL) == 1);
    assert_int_equal(out.n_parts, 4);
    tb_score_free(&out);
    o.parts = TB_COMPOSE_PART(TB_ROLE_MELODY); /* chord symbols alone */
    assert_int_equal(tb_score_copy(&piece, &tune), TB_OK);
    tb_score_keep_parts(&tune, (const bool[]){false, false, false, true});
    assert_int_equal(tb_compose_harmonise(&models, &tune, &o, &out), TB_OK);
    assert_int_equal(out.n_parts, 1);
    assert_int_equal(out.n_notes, tune.n_notes);
    assert_true(out.n_chords > 0 && out.chords[0].tick == 0);
    tb_score_free(&out);
    tb_score_free(&tune);
    assert_int_equal(tb_score_copy(&piece, &tune), TB_OK);
    tb_score_keep_parts(&tune, (const bool[]){true, false, false, false});
    assert_int_equal(tb_compose_harmonise(&models, &tune, &o, &out), TB_ERR_EMPTY);
    tb_score_free(&tune);
    assert_int_equal(tb_score_copy(&piece, &tune), TB_OK);
    size_t n = 0;
    for (size_t i = 0; i < tune.n_notes; i++) /* bass and chords alone play to the end */
        if (tune.notes[i].onset < tune.end / 2 || tune.parts[tune.notes[i].part].channel == 1 ||
            tune.parts[tune.notes[i].part].channel == 2)
            tune.notes[n++] = tune.notes[i];
    tune.n_notes = n;
    o.parts = TB_COMPOSE_ALL_PARTS;
    assert_int_equal(tb_compose_harmonise(&models, &tune, &o, &out), TB_OK);
    assert_int_equal(out.end, tune.end);
    assert_int_equal(out.n_parts, 4);
    tb_score_free(&out);
    tb_score_free(&tune);
}

/* A note that is played a little before its bar line belongs to that bar: when bars change, it stays whole or goes. */
static void test_early_notes(void **state) {
    (void)state;
    enum { EARLY = 25, N = 9 };
    TbScore early, to, out[N];
    TbComposeOptions o = plain;
    assert_int_equal(tb_score_copy(&piece, &early), TB_OK);
    for (size_t i = 0; i < early.n_notes; i++)
        if (early.notes[i].onset > 0 && early.parts[early.notes[i].part].channel == 1)
            early.notes[i].onset -= EARLY;
    tb_score_tidy(&early, NULL);
    assert_int_equal(tb_score_copy(&early, &to), TB_OK);
    assert_int_equal(tb_score_transpose(&to, 5), TB_OK);
    assert_int_equal(tb_compose_interpolate(&models, &early, &to, N, &o, out), TB_OK);
    for (int k = 0; k < N; k++) {
        size_t n = 0;
        for (size_t i = 0; i < out[k].n_notes; i++)
            if (out[k].parts[out[k].notes[i].part].channel == 1) {
                assert_true(out[k].notes[i].duration > 2 * EARLY);
                n++;
            }
        assert_int_equal(n, 8 * 4);
        tb_score_free(&out[k]);
    }
    o.locked_parts = TB_COMPOSE_ALL_PARTS & ~TB_COMPOSE_PART(TB_ROLE_BASS);
    for (o.seed = 0; o.seed < 8; o.seed++) {
        assert_int_equal(tb_compose_vary(&models, &early, 0.5, &o, out), TB_OK);
        for (size_t i = 0; i < out->n_notes; i++)
            if (out->parts[out->notes[i].part].channel == 1 && out->notes[i].onset % 1920 == 1920 - EARLY)
                assert_true(out->notes[i].duration > EARLY);
        tb_score_free(out);
    }
    tb_score_free(&to);
    tb_score_free(&early);
}

/* A hundred thousand notes take seconds. */
static void test_many_notes(void **state) {
    (void)state;
    enum { NOTES = 100000, N = 4, MOST_SECONDS = 60 };
    TbScore many, out[N];
    assert_int_equal(tb_score_copy(&piece, &many), TB_OK);
    for (int32_t shift = piece.end; many.n_notes < NOTES; shift += piece.end)
        for (size_t i = 0; i < piece.n_notes; i++) {
            TbScoreNote note = piece.notes[i];
            note.onset += shift;
            assert_int_equal(tb_score_add_note(&many, note), TB_OK);
        }
    const clock_t start = clock();
    assert_int_equal(tb_compose_humanise(&models, &many, 1, &plain, out), TB_OK);
    assert_int_equal(out->n_notes, many.n_notes);
    tb_score_free(out);
    assert_int_equal(tb_compose_interpolate(&models, &many, &many, N, &plain, out), TB_OK);
    for (int k = 0; k < N; k++)
        tb_score_free(&out[k]);
    assert_true(clock() - start < MOST_SECONDS * CLOCKS_PER_SEC);
    tb_score_free(&many);
}

static void test_empty_scores(void **state) {
    (void)state;
    TbScore empty, out[2];
    assert_int_equal(tb_score_new(480, &empty), TB_OK);
    assert_int_equal(tb_compose_vary(&models, &empty, 0.5, &plain, out), TB_ERR_EMPTY);
    assert_int_equal(tb_compose_humanise(&models, &empty, 0.5, &plain, out), TB_ERR_EMPTY);
    assert_int_equal(tb_compose_harmonise(&models, &empty, &plain, out), TB_ERR_EMPTY);
    assert_int_equal(tb_compose_interpolate(&models, &empty, &piece, 2, &plain, out), TB_ERR_EMPTY);
    assert_int_equal(tb_compose_interpolate(&models, &piece, &empty, 2, &plain, out), TB_ERR_EMPTY);
    tb_score_free(&empty);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_vary, test_interpolate, test_interpolate_keys, test_progress, test_humanise,
                     test_harmonise, test_early_notes, test_many_notes, test_empty_scores);
}
