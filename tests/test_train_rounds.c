/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training without a number of steps or a budget: rounds, until one brings no improvement. */
#include "tests/run_tests.h"
#include "train/dataset.h"

#include <math.h>

/* This little data is soon overfitted. */
static void test_rounds(void **state) {
    (void)state;
    const char *bell = TB_SOUNDS "/bell.flac";
    TbDataset *small = NULL;
    TbModel *model;
    TbTrainOptions o;
    TbTrainHistory h;
    assert_int_equal(tb_dataset_new(&bell, 1, 100, 1, NULL, NULL, &small), TB_OK);
    tb_train_defaults(&o);
    o.net.latent_dim = 4;
    o.net.encoder_width = o.net.decoder_width = 24;
    o.net.encoder_layers = o.net.decoder_layers = 1;
    o.batch = 8;
    o.steps = 0;
    o.n_threads = 1;
    o.learning_rate = 2e-3;
    o.beta = 0.001;
    o.augment = 0;
    o.audio_share = 0;
    o.seed = 7;
    assert_int_equal(tb_train(small, &o, NULL, NULL, &model, &h), TB_OK);
    tb_model_free(model);
    tb_dataset_free(small);
    const TbTrainPoint *last = &h.points[h.n_points - 1];
    size_t end = 6000;
    double before = INFINITY, round = INFINITY;
    while (end < last->step)
        end += end / 2;
    assert_true(last->step == end && end > 6000);
    for (size_t i = 0; i < h.n_points; i++) {
        double *lowest = 3 * h.points[i].step > 2 * end ? &round : &before;
        *lowest = fmin(*lowest, h.points[i].validation_db);
    }
    print_message("ended after %zu steps: error %.3f dB, before its last third %.3f dB\n", end, round, before);
    assert_true(round >= 0.99 * before);
    tb_train_history_free(&h);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_rounds);
}
