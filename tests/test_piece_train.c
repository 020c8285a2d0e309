/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on pieces: it learns, is repeatable with each number of threads, continues from a checkpoint as if it had
 * not stopped, mixes a second set in, and refuses what it cannot do. Model files: read back as they were. The network
 * one token at a time gives what it gives for whole windows. */
#include "nn/token_model.h"
#include "piece/window.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "tests/small_pieces.h"

#include <math.h>
#include <stdio.h>

static ScratchFolder folder;
static TbPieceSet *set;
static char checkpoint[256], file[256];

static int setup(void **state) {
    (void)state;
    assert_true(scratch_new(&folder));
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", folder.path);
    snprintf(file, sizeof file, "%s/model.safetensors", folder.path);
    assert_int_equal(small_pieces(&set), TB_OK);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_piece_set_free(set);
    scratch_free(&folder);
    return 0;
}

static TbPieceModel *train(const TbTrainingPlan *plan, const TbPieceTrainOptions *o) {
    TbPieceModel *model;
    TbStatus status = tbi_piece_train(set, &small_piece_sizes, plan, o, &model);
    if (status)
        print_message("%s\n", tb_error_text(status));
    assert_int_equal(status, TB_OK);
    return model;
}

static bool same(const TbPieceModel *a, const TbPieceModel *b) {
    return memcmp(a->params, b->params, a->net.parameters.n_params * sizeof(float)) == 0;
}

static bool keep_last(void *context, const TbPieceReport *report) {
    *(TbPieceReport *)context = *report;
    return true;
}

static void test_learns(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TbPieceReport report;
    small_piece_options(&plan, &o);
    o.report = keep_last;
    o.context = &report;
    TbPieceModel *model = train(&plan, &o);
    print_message("held out: %.3f nats a note\n", report.progress.held_out);
    assert_int_equal(report.progress.step, 300);
    assert_true(report.progress.held_out < 7); /* by chance: log(97) + log(137) + log(76) + log(16) = 16.6 */
    assert_float_equal(report.place + report.pitch + report.duration + report.velocity, report.progress.held_out, 1e-9);
    tb_piece_model_free(model);
}

/* The stream's probabilities of the next notes are those of a whole window. */
static void test_stream(void **state) {
    (void)state;
    TbPieceModel *model;
    PieceView v;
    int32_t fields[PIECE_WINDOW * PIECE_FIELDS], labels[PIECE_WINDOW * PIECE_PREDICTED];
    int bars[PIECE_WINDOW];
    PieceTokens t = {fields, labels, bars, 0, PIECE_WINDOW};
    const size_t order[] = {0, 1, 5, 2, 3};
    float logits[160];
    double nats = 0;
    assert_int_equal(small_piece_model(5, &model), TB_OK);
    tbi_piece_view_all(&set->part[0].example[1].piece, &v);
    tbi_piece_encode(&v, order, 5, &t);
    TbTokenStream stream;
    assert_int_equal(tbi_token_stream_new(&model->net, model->params, PIECE_WINDOW, &stream), TB_OK);
    for (size_t i = 0; i < t.n; i++) {
        const int32_t *label = labels + i * PIECE_PREDICTED;
        tbi_token_stream_add(&stream, fields + i * PIECE_FIELDS, bars[i]);
        for (size_t f = 0; f < PIECE_PREDICTED; f++) {
            double sum = 0;
            if (label[f] < 0)
                continue;
            tbi_token_stream_logits(&stream, f, label, logits);
            for (size_t c = 0; c < tbi_piece_classes[f]; c++)
                sum += exp((double)logits[c] - (double)logits[label[f]]);
            nats += log(sum);
        }
    }
    tbi_token_stream_free(&stream);
    TbTokenTrainer *trainer;
    const TbTokenTrainerOptions options = {.max_length = PIECE_WINDOW};
    assert_int_equal(tbi_token_trainer_new(&model->net, model->params, &options, &trainer), TB_OK);
    const TbTokenBatch batch = {{1, &t.n, bars}, fields, labels};
    const TbTokenLoss loss = tbi_token_trainer_evaluate(trainer, &batch);
    const double whole = tbi_piece_nats(&loss) * (double)loss.count[PIECE_PITCH];
    print_message("%.4f nats by tokens, %.4f at once\n", nats, whole);
    assert_true(fabs(nats - whole) < 1e-4 * whole);
    tbi_token_trainer_free(trainer);
    tb_piece_model_free(model);
}

static void test_repeatable(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    small_piece_options(&plan, &o);
    plan.steps = 10;
    plan.look_every = 5;
    for (int threads = 1; threads <= 2; threads++) {
        tb_set_threads(threads);
        TbPieceModel *a = train(&plan, &o), *b = train(&plan, &o);
        assert_true(same(a, b));
        plan.seed = 2;
        TbPieceModel *other = train(&plan, &o);
        assert_false(same(a, other));
        plan.seed = 1;
        tb_piece_model_free(a), tb_piece_model_free(b), tb_piece_model_free(other);
    }
    tb_set_threads(1);
}

static bool stop(void *context, const TbPieceReport *report) {
    (void)context, (void)report;
    return false;
}

static bool stop_at_seven(void *context) {
    return ++*(int *)context == 7;
}

static void test_resume(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    int steps = 0;
    small_piece_options(&plan, &o);
    plan.steps = 10;
    plan.look_every = 5;
    TbPieceModel *whole = train(&plan, &o);
    plan.checkpoint = checkpoint;
    o.report = stop;
    TbPieceModel *half = train(&plan, &o); /* stopped after 5 steps, and usable */
    assert_false(same(whole, half));
    plan.resume = true;
    o.report = NULL;
    TbPieceModel *resumed = train(&plan, &o);
    assert_true(same(whole, resumed));
    tb_piece_model_free(half), tb_piece_model_free(resumed);
    plan.resume = false; /* stopped between looks */
    plan.stop = stop_at_seven;
    plan.context = &steps;
    half = train(&plan, &o);
    plan.resume = true;
    plan.stop = NULL;
    resumed = train(&plan, &o);
    assert_true(same(whole, resumed));
    tb_piece_model_free(whole), tb_piece_model_free(half), tb_piece_model_free(resumed);
    TbPieceModel *none;
    o.dropout = 0.3;
    assert_int_not_equal(tbi_piece_train(set, &small_piece_sizes, &plan, &o, &none), TB_OK); /* another run */
    assert_null(none);
}

static void test_also(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TbPieceSet *other;
    TbScore score;
    assert_int_equal(tb_piece_set_new(&other), TB_OK);
    assert_int_equal(small_piece(99, 6, 8, &score), TB_OK);
    size_t n;
    assert_int_equal(tb_piece_set_add(other, &score, 0, 1, false, &n), TB_OK);
    assert_int_equal(n, score.n_notes);
    assert_int_equal(tb_piece_set_count(other, false), n);
    small_piece_options(&plan, &o);
    plan.steps = plan.look_every = 5;
    TbPieceModel *plain = train(&plan, &o);
    o.also = other;
    TbPieceModel *none = train(&plan, &o); /* with a share of 0: other random numbers, but the same pieces */
    o.also_share = 0.5;
    TbPieceModel *mixed = train(&plan, &o);
    assert_false(same(plain, mixed));
    assert_false(same(none, mixed));
    o.start = mixed;
    plan.steps = 1;
    plan.learning_rate = 0;
    plan.average = 0;
    TbPieceModel *started = train(&plan, &o);
    assert_true(same(mixed, started));
    tb_piece_model_free(plain), tb_piece_model_free(none), tb_piece_model_free(mixed), tb_piece_model_free(started);
    tb_piece_set_free(other);
    tb_score_free(&score);
}

static void test_refused(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TbPieceModel *model, *other;
    TbPieceSet *empty;
    TbScore score;
    size_t n, part;
    small_piece_options(&plan, &o);
    assert_int_equal(tb_piece_set_new(&empty), TB_OK);
    assert_int_equal(tb_piece_train(empty, &plan, &o, &model), TB_ERR_EMPTY);
    assert_null(model);
    assert_int_equal(tb_score_new(480, &score), TB_OK);
    assert_int_equal(tb_piece_set_add(empty, &score, 0, 1, false, &n), TB_OK); /* no notes: left out */
    assert_int_equal(n, 0);
    assert_int_equal(tb_piece_set_add(empty, &score, TB_PIECE_STYLES, 1, false, NULL), TB_ERR_ARGUMENT);
    assert_int_equal(tb_piece_set_add(empty, &score, 0, 0, false, NULL), TB_ERR_ARGUMENT);
    /* Eight notes, all in bars that are too long: there is no window. */
    assert_int_equal(tb_score_add_part(&score, "", -1, 0, &part), TB_OK);
    assert_int_equal(tb_score_add_metre(&score, 0, 9, 4), TB_OK);
    for (int i = 0; i < 8; i++)
        assert_int_equal(tb_score_add_note(&score, (TbScoreNote){i * 480, 240, 60, 80, (uint16_t)part}), TB_OK);
    assert_int_equal(tb_piece_set_add(empty, &score, 0, 1, false, &n), TB_OK);
    assert_int_equal(n, 0);
    tb_score_free(&score);
    tb_piece_set_free(empty);
    plan.batch = 0;
    assert_int_equal(tbi_piece_train(set, &small_piece_sizes, &plan, &o, &model), TB_ERR_ARGUMENT);
    small_piece_options(&plan, &o);
    o.dropout = 1;
    assert_int_equal(tbi_piece_train(set, &small_piece_sizes, &plan, &o, &model), TB_ERR_ARGUMENT);
    small_piece_options(&plan, &o);
    PieceSizes sizes = small_piece_sizes;
    sizes.hidden++;
    assert_int_equal(tbi_piece_model_new(&sizes, &other), TB_OK);
    o.start = other; /* weights of another size */
    assert_int_equal(tbi_piece_train(set, &small_piece_sizes, &plan, &o, &model), TB_ERR_ARGUMENT);
    tb_piece_model_free(other);
}

static void test_file(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    small_piece_options(&plan, &o);
    plan.steps = plan.look_every = 5;
    TbPieceModel *model = train(&plan, &o), *read;
    assert_int_equal(tb_piece_model_write(model, file), TB_OK);
    assert_int_equal(tb_piece_model_read(file, &read), TB_OK);
    assert_true(same(model, read));
    tb_piece_model_free(read);
    void *data;
    size_t n;
    assert_int_equal(tb_piece_model_print(model, &data, &n), TB_OK);
    for (size_t cut = 0; cut < n; cut += n / 7) {
        assert_int_not_equal(tb_piece_model_parse(data, cut, &read), TB_OK);
        assert_null(read);
    }
    free(data);
    tb_piece_model_free(model);
    static const char wav[] = "RIFF\x24\0\0\0WAVEfmt ";
    TbStatus status = tb_piece_model_parse(wav, sizeof wav - 1, &read);
    assert_int_equal(status, TB_ERR_FORMAT);
    assert_non_null(strstr(tb_error_text(status), "not a model of pieces; it looks like a WAV file"));
}

/* The network that ships has the size that its file may have. */
static void test_default_size(void **state) {
    (void)state;
    TbPieceModel *model;
    void *data;
    size_t n;
    assert_int_equal(tbi_piece_model_new(&piece_default_sizes, &model), TB_OK);
    assert_int_equal(tb_piece_model_print(model, &data, &n), TB_OK);
    assert_in_range(n, 1000000, 2300000);
    free(data);
    tb_piece_model_free(model);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_learns, test_stream, test_repeatable, test_resume, test_also, test_refused,
                     test_file, test_default_size);
}
