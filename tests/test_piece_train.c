/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on pieces: it learns, and refuses what it cannot do. The network one token at a time gives what it gives for
 * whole windows. */
#include "nn/token_model.h"
#include "piece/window.h"
#include "tests/run_tests.h"
#include "tests/small_pieces.h"

#include <math.h>
#include <stdio.h>

static TbPieceSet *set;

static int setup(void **state) {
    (void)state;
    return small_pieces(&set);
}

static int teardown(void **state) {
    (void)state;
    tb_piece_set_free(set);
    return 0;
}

static void test_learns(void **state) {
    (void)state;
    TbPieceModel *model;
    TbPieceReport report;
    assert_int_equal(small_piece_trained(set, &report, &model), TB_OK);
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
    const TbTokenTrainerOptions limits = {.max_length = PIECE_WINDOW};
    assert_int_equal(tbi_token_trainer_new(&model->net, model->params, &limits, &trainer), TB_OK);
    const TbTokenBatch batch = {{1, &t.n, bars}, fields, labels};
    const TbTokenLoss loss = tbi_token_trainer_evaluate(trainer, &batch);
    const double whole = tbi_piece_nats(&loss) * (double)loss.count[PIECE_PITCH];
    print_message("%.4f nats by tokens, %.4f at once\n", nats, whole);
    assert_true(fabs(nats - whole) < 1e-4 * whole);
    tbi_token_trainer_free(trainer);
    tb_piece_model_free(model);
}

static void test_refused(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TbPieceModel *model;
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
    assert_int_equal(small_piece(99, 6, 8, &score), TB_OK);
    assert_int_equal(tb_piece_set_add(empty, &score, 0, 1, false, &n), TB_OK);
    assert_int_equal(n, score.n_notes);
    assert_int_equal(tb_piece_set_count(empty, false), n);
    tb_score_free(&score);
    tb_piece_set_free(empty);
    small_piece_options(&plan, &o);
    o.dropout = 1;
    assert_int_equal(tbi_piece_train(set, &small_piece_sizes, &plan, &o, &model), TB_ERR_ARGUMENT);
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
    return RUN_TESTS(setup, teardown, test_learns, test_stream, test_refused, test_default_size);
}
