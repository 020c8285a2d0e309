/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training data: rows of frames and the validation split. Complete runs on the bundled sounds: they learn, are
 * bit-reproducible, and can be resumed. */

#include "sound/infer_latents.h"
#include "tests/bundled_dataset.h"
#include "tests/run_tests.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKPOINT "test_train.checkpoint"

/* ---- rows ---- */

static void test_rows(void **state) {
    (void)state;
    static const char *const names[] = {TB_SOUNDS "/guitar.flac", TB_SOUNDS "/bell.flac", TB_SOUNDS "/snare.flac"};
    float worst = 0, worst_below = 0, deepest = 0;
    size_t n = 0, n_loudest = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        TbAudio audio;
        TbAnalysis analysis;
        assert_int_equal(tb_audio_read(names[i], &audio, NULL), TB_OK);
        assert_int_equal(tb_analyze(&audio, NULL, NULL, NULL, &analysis), TB_OK);
        float loudest = tbi_loudest_power(&analysis);
        for (size_t t = 0; t < analysis.notes[0].n_frames; t++, n++) {
            const TbFrame *f = &analysis.notes[0].frames[t];
            int16_t row[ROW];
            float x[TB_MODEL_INPUTS], target[TB_FEATURES], condition[TB_CONDITIONS], below, wanted[TB_MODEL_INPUTS],
                features[TB_FEATURES];
            tbi_dataset_pack(f, loudest, row);
            tbi_dataset_unpack(row, x, target, condition, &below);
            tbi_model_input(f, wanted);
            tb_frame_to_features(f, features);
            for (int k = 0; k < TB_MODEL_INPUTS; k++) {
                bool quiet = k >= TB_FEATURES && f->power < 1e-8f; /* outside of the range of a row */
                worst = fmaxf(worst, quiet ? 0 : fabsf(x[k] - wanted[k]));
                worst = fmaxf(worst, k < TB_FEATURES ? fabsf(target[k] - features[k]) : 0);
            }
            assert_memory_equal(condition, x + TB_FEATURES, sizeof condition);
            float wanted_below = f->power > 0 ? 10 * log10f(loudest / f->power) : 327;
            worst_below = fmaxf(worst_below, wanted_below < 150 ? fabsf(below - wanted_below)
                                                                : 0); /* below that the 1e-20 dominates */
            deepest = fmaxf(deepest, below);
            assert_true(below >= 0 && f->power <= loudest);
            n_loudest += below == 0;
        }
        tb_analysis_free(&analysis);
        tb_audio_free(&audio);
    }
    print_message(
        "%zu rows: at most %.1e from the model's input; %.4f dB from how far under the loudest (to %.1f dB)\n", n,
        worst, worst_below, deepest);
    assert_true(n > 300);
    assert_true(worst < 2e-4f);        /* half a step of 1/12000, times 3 where a ratio is weighted by its level */
    assert_true(worst_below < 0.006f); /* half a step of 1/100 dB */
    assert_true(deepest > 30 && n_loudest >= 3);
}

/* The level below the loudest frame is stored accurately within the range of a row, and clamped outside. */
static void test_below(void **state) {
    (void)state;
    static const float cases[] = {0, 0.25f, 6.02f, 40, 79.99f, 120, 150};
    TbFrame frame = {.f0 = 220};
    int16_t row[ROW];
    float x[TB_MODEL_INPUTS], target[TB_FEATURES], condition[TB_CONDITIONS], below;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame.power = powf(10, -cases[i] / 10);
        tbi_dataset_pack(&frame, 1, row);
        tbi_dataset_unpack(row, x, target, condition, &below);
        assert_true(fabsf(below - cases[i]) < 0.006f);
        tbi_dataset_pack(&frame, 0.5f, row); /* relative to another loudest frame */
        tbi_dataset_unpack(row, x, target, condition, &below);
        assert_true(fabsf(below - (cases[i] - 3.0103f)) < 0.006f);
    }
    frame.power = 0;
    tbi_dataset_pack(&frame, 1e20f, row);
    tbi_dataset_unpack(row, x, target, condition, &below);
    assert_true(below > 320 && below < 328);
}

/* ---- validation split ---- */

enum { FILES = 200, ROWS = 10 };

/* Files sound0 .. of ROWS rows each, `step` apart; their rows contain the numbers of file and row. */
static TbDataset *split(size_t n, size_t step) {
    static char names[FILES][40];
    FileFrames found[FILES] = {0};
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "some/folder/sound%zu.wav", i * step);
        found[i] = (FileFrames){.path = names[i], .n_rows = ROWS, .n_notes = 1, .seconds = 1, .used = true};
        found[i].rows = calloc(ROWS * ROW, sizeof(int16_t));
        for (int t = 0; t < ROWS; t++) {
            found[i].rows[t * ROW] = (int16_t)(i * step);
            found[i].rows[t * ROW + 1] = (int16_t)t;
        }
    }
    TbDataset *d = calloc(1, sizeof *d);
    assert_non_null(d);
    assert_int_equal(tbi_split_validation(found, n, d), TB_OK);
    return d;
}

static void mark(const int16_t *rows, size_t n, int *seen) {
    for (size_t i = 0; i < n; i++)
        seen[rows[i * ROW] * ROWS + rows[i * ROW + 1]]++;
}

static void test_split_by_files(void **state) {
    (void)state;
    static int held_out[FILES * ROWS], used[FILES * ROWS], aside_of_half[FILES * ROWS];
    TbDataset *all = split(FILES, 1);
    TbDataset *half = split(FILES / 2, 2);
    mark(all->rows, all->stats.n_frames, used);
    mark(all->validation, all->stats.n_validation, held_out);
    mark(half->validation, half->stats.n_validation, aside_of_half);
    print_message("%zu of %d files aside; %zu of half of them\n", all->stats.n_validation_files, FILES,
                  half->stats.n_validation_files);
    assert_true(all->stats.n_validation_files >= 4 && all->stats.n_validation_files <= 20);
    assert_int_equal(all->stats.n_validation, ROWS * all->stats.n_validation_files);
    for (int i = 0; i < FILES * ROWS; i++) {
        assert_int_equal(used[i] + held_out[i], 1);
        assert_int_equal(held_out[i], held_out[i / ROWS * ROWS]); /* whole files */
        if (i / ROWS % 2 == 0)
            assert_int_equal(held_out[i], aside_of_half[i]); /* the same, though other files are gone */
    }
    tb_dataset_free(all);
    tb_dataset_free(half);
}

static void test_split_by_blocks(void **state) {
    (void)state;
    static int held_out[FILES * ROWS], used[FILES * ROWS];
    TbDataset *few = split(19, 1);
    TbDataset *again = split(19, 1);
    mark(few->rows, few->stats.n_frames, used);
    mark(few->validation, few->stats.n_validation, held_out);
    for (int i = 0; i < 19 * ROWS; i++) {
        assert_int_equal(used[i] + held_out[i], 1);
        assert_int_equal(held_out[i], held_out[i / 8 * 8]); /* blocks of 8 */
    }
    assert_int_equal(few->stats.n_validation_files, 0);
    assert_int_equal(few->stats.n_validation, 8);
    assert_true(few->stats.fingerprint == again->stats.fingerprint);
    assert_memory_equal(few->validation, again->validation, 8 * ROW * sizeof(int16_t));
    tb_dataset_free(few);
    tb_dataset_free(again);
}

/* No chunk for training on audio contains a held-out frame, and its frames match the rows. */
static void test_chunks(void **state) {
    (void)state;
    const size_t frame = TB_MODEL_INPUTS * sizeof(int16_t), row = ROW * sizeof(int16_t);
    size_t n_found = 0;
    assert_int_equal(data->stats.n_validation_files, 0);
    assert_true(data->n_chunks > 30);
    assert_true(data->stats.n_validation * 25 > data->stats.n_frames);
    assert_true(data->stats.n_validation * 15 < data->stats.n_frames);
    for (size_t c = 0; c < data->n_chunks; c++)
        for (int t = 0; t < CHUNK_FRAMES; t++) {
            const int16_t *held = data->chunks[c].rows[t];
            for (size_t i = 0; i < data->stats.n_validation; i++)
                assert_true(memcmp(held, data->validation + i * ROW, row) != 0);
            for (size_t i = 0; i < data->stats.n_frames; i++)
                if (memcmp(held, data->rows + i * ROW, frame) == 0) {
                    assert_memory_equal(held, data->rows + i * ROW, row); /* the same level below the loudest, too */
                    n_found++;
                }
        }
    print_message("%zu frames of %zu chunks are among the rows\n", n_found, data->n_chunks);
    assert_true(n_found > 5 * data->n_chunks);
}

/* ---- runs ---- */

static TbTrainOptions small_run(size_t steps, int n_threads) {
    TbTrainOptions o;
    tb_train_defaults(&o);
    o.net.latent_dim = 8;
    o.net.encoder_width = o.net.decoder_width = 64;
    o.net.encoder_layers = o.net.decoder_layers = 2;
    o.batch = 64;
    o.steps = steps;
    o.n_threads = n_threads;
    o.learning_rate = 2e-3;
    o.beta = 0.001;
    o.augment = 0.5;
    o.audio_share = 0;
    o.seed = 7;
    return o;
}

static uint64_t trained(const TbTrainOptions *o, TbProgress progress, void *context, TbTrainHistory *history) {
    TbModel *model;
    TbTrainHistory unused = {0};
    assert_int_equal(tb_train(data, o, progress, context, &model, history ? history : &unused), TB_OK);
    uint64_t fingerprint = tb_model_fingerprint(model);
    tb_model_free(model);
    tb_train_history_free(&unused);
    return fingerprint;
}

static void test_learns(void **state) {
    (void)state;
    TbTrainOptions o = small_run(200, 1);
    TbTrainHistory h;
    trained(&o, NULL, NULL, &h);
    const TbTrainPoint *first = &h.points[0], *last = &h.points[h.n_points - 1];
    print_message("200 steps: loss %.2f -> %.2f, error %.1f dB -> %.1f dB\n", first->loss, last->loss,
                  first->validation_db, last->validation_db);
    assert_int_equal(last->step, 200);
    assert_true(last->loss < 0.5 * first->loss);
    assert_true(last->validation_db < 0.6 * first->validation_db);
    tb_train_history_free(&h);
}

/* With half the run on raw audio, on 1 and on 2 threads: identical bits in repeated runs. */
static void test_repeats(void **state) {
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        TbTrainOptions o = small_run(60, threads);
        o.audio_share = 0.5;
        TbTrainHistory h;
        uint64_t a = trained(&o, NULL, NULL, &h), b = trained(&o, NULL, NULL, NULL);
        const TbTrainPoint *last = &h.points[h.n_points - 1];
        print_message("%d threads: audio loss %.3f, model %016llx\n", threads, last->audio_loss, (unsigned long long)a);
        assert_true(h.points[0].audio_loss == 0 && last->audio_loss > 0 && isfinite(last->audio_loss));
        assert_true(a == b);
        o.audio_share = 0;
        assert_true(trained(&o, NULL, NULL, NULL) != a);
        tb_train_history_free(&h);
    }
}

typedef struct {
    int calls, stop_at;
} Stopper;

static bool stop_there(void *context, double done, const char *what) {
    Stopper *s = context;
    (void)done;
    (void)what;
    return ++s->calls != s->stop_at;
}

static void same_history(const TbTrainHistory *a, const TbTrainHistory *b) {
    assert_int_equal(a->n_points, b->n_points);
    assert_true(a->best_db == b->best_db);
    for (size_t i = 0; i < a->n_points; i++) {
        TbTrainPoint p = a->points[i], q = b->points[i];
        assert_true(p.step == q.step && p.n_steps == q.n_steps);
        assert_true(p.loss == q.loss && p.kl == q.kl && p.audio_loss == q.audio_loss);
        assert_true(p.validation_db == q.validation_db && p.train_db == q.train_db);
    }
}

/* A run stopped twice and resumed ends like an uninterrupted one; so does one killed after its last checkpoint,
 * before the model was written. */
static void test_resumes(void **state) {
    (void)state;
    TbTrainOptions o = small_run(90, 1);
    o.audio_share = 0.4;
    TbTrainHistory whole, h;
    uint64_t wanted = trained(&o, NULL, NULL, &whole);
    o.checkpoint = CHECKPOINT;
    for (int part = 0; part < 4; part++) {
        Stopper stopper = {.stop_at = part == 0 ? 31 : part == 1 ? 40 : 0}; /* in the audio stage, then to the end */
        o.resume = part > 0;
        uint64_t got = trained(&o, stop_there, &stopper, &h);
        assert_true(h.interrupted == (part < 2));
        if (part >= 2) {
            assert_true(got == wanted);
            same_history(&h, &whole);
        }
        tb_train_history_free(&h);
    }
    o.seed++;
    TbModel *model;
    assert_int_equal(tb_train(data, &o, NULL, NULL, &model, NULL), TB_ERR_ARGUMENT);
    assert_null(model);
    unlink(CHECKPOINT);
    tb_train_history_free(&whole);
}

/* The files taken within a budget are spread over the list; all together each is taken once. */
static void test_spread(void **state) {
    (void)state;
    static bool seen[1000];
    for (size_t n = 1; n <= 1000; n += n < 30 ? 1 : 97) {
        memset(seen, 0, sizeof seen);
        size_t half = 0;
        for (size_t i = 0; i < n; i++) {
            size_t at = tbi_dataset_spread(i, n);
            assert_true(at < n && !seen[at]);
            seen[at] = true;
            half += i < n / 2 && at < n / 2;
        }
        if (n > 100)
            assert_true(half > n / 5 && half < n / 3); /* half of the first half taken are of the list's first half */
    }
}

int main(void) {
    return RUN_TESTS(listen, forget, test_spread, test_rows, test_below, test_split_by_files, test_split_by_blocks,
                     test_chunks, test_learns, test_repeats, test_resumes);
}
