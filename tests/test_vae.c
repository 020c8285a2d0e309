/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network as a whole: it learns, and runs are reproducible. */
#include "tests/run_tests.h"
#include "tests/small_vae.h"
#include "vae/training.h"

#include <unistd.h>

static void test_overfits(void **state) {
    (void)state;
    static Learner l;
    begin(&l, 7, 1);
    double first = forward_loss(l.trainer, &l.batch, false), last = train(l.trainer, &l.batch, 1500);
    print_message("loss %.3f -> %.4f\n", first, last);
    assert_true(first > 5);
    assert_true(last < 0.2);
    drop(l.vae, l.trainer);
}

static void test_repeats(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 8);
    for (int threads = 1; threads <= 3; threads++) {
        TbVae *a, *b;
        TbTrainer *ta, *tb;
        make(3, threads, &a, &ta);
        make(3, threads, &b, &tb);
        double la = train(ta, &batch, 50), lb = train(tb, &batch, 50);
        assert_true(la == lb);
        assert_memory_equal(tb_vae_params(a), tb_vae_params(b), tb_vae_n_params(a) * sizeof(float));
        drop(a, ta);
        make(4, threads, &a, &ta);
        assert_true(train(ta, &batch, 50) != lb); /* another seed gives another run */
        drop(a, ta);
        drop(b, tb);
    }
}

/* The number of threads changes only the order of sums. */
static void test_threads_agree(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 9);
    TbVae *a, *b;
    TbTrainer *ta, *tb;
    make(3, 1, &a, &ta);
    make(3, 4, &b, &tb);
    double la = forward_loss(ta, &batch, true);
    tbi_trainer_backward(ta, batch.dy, batch.dmu, batch.dlogvar);
    double lb = forward_loss(tb, &batch, true);
    tbi_trainer_backward(tb, batch.dy, batch.dmu, batch.dlogvar);
    double worst = 0, most = 0;
    for (size_t i = 0; i < tb_vae_n_params(a); i++) {
        worst = fmax(worst, fabs((double)tbi_trainer_gradients(ta)[i] - tbi_trainer_gradients(tb)[i]));
        most = fmax(most, fabs((double)tbi_trainer_gradients(ta)[i]));
    }
    print_message("1 against 4 threads: loss %.2e, gradient %.2e of %.2e\n", fabs(la - lb), worst, most);
    assert_true(fabs(la - lb) < 1e-5 * la);
    assert_true(worst < 1e-5 * most);
    drop(a, ta);
    drop(b, tb);
}

static const TbCheckpoint checkpoint = {.format = "test 1", .run = "this", .place = ""};
static const char *const CHECKPOINT = "test_vae.checkpoint";

static void test_resumes(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 10);
    TbVae *a, *b, *copy;
    TbTrainer *ta, *tb;
    make(5, 2, &a, &ta);
    train(ta, &batch, 20);
    assert_int_equal(tb_vae_clone(a, &copy), TB_OK);
    b = copy;
    assert_int_equal(tbi_trainer_new(b, ROWS, &tb), TB_OK);
    size_t n_bytes = tb_vae_n_params(a) * sizeof(float);
    TbTensorFile *file = NULL;
    assert_int_equal(tbi_training_save(tbi_trainer_training(ta), &checkpoint, CHECKPOINT), TB_OK);
    memset(tb_vae_params(b), 0, n_bytes);
    assert_int_equal(tbi_training_resume(tbi_trainer_training(tb), "test 1", "this", CHECKPOINT, &file), TB_OK);
    tb_tensor_file_free(file);
    unlink(CHECKPOINT);
    assert_memory_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    assert_int_equal(tbi_training_n_steps(tbi_trainer_training(tb)), 20);
    train(ta, &batch, 30);
    train(tb, &batch, 30);
    assert_memory_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    drop(a, ta);
    drop(b, tb);
}

static void test_clone(void **state) {
    (void)state;
    TbVae *a, *b;
    assert_int_equal(tb_vae_new_zero(&small, &a), TB_OK); /* the same network, without weights */
    for (size_t i = 0; i < tb_vae_n_params(a); i++)
        assert_true(tb_vae_params(a)[i] == 0);
    tb_vae_free(a);
    assert_int_equal(tb_vae_new(&small, 6, &a), TB_OK);
    assert_int_equal(tb_vae_clone(a, &b), TB_OK);
    size_t n_bytes = tb_vae_n_params(a) * sizeof(float);
    assert_memory_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    assert_memory_equal(tb_vae_config(a), tb_vae_config(b), sizeof small);
    tb_vae_params(b)[0] += 1; /* each clone has its own slab */
    assert_memory_not_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    tb_vae_free(a);
    tb_vae_free(b);
    tb_vae_free(NULL);
}

/* Encoding and decoding match the forward pass of training, for any number of rows. */
static void test_infers(void **state) {
    (void)state;
    static Learner l;
    begin(&l, 11, 12);
    train(l.trainer, &l.batch, 10);
    memset(l.batch.noise, 0, sizeof l.batch.noise);
    TbForward f = tbi_trainer_forward(l.trainer, l.batch.x, l.batch.condition, l.batch.noise, ROWS);
    double worst = 0, packed = 0;
    static const size_t counts[] = {1, 2, 3, 7, 16, 17, 64, 255, 257, 600};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t n = counts[c];
        float *x = calloc(n, 19 * sizeof(float)), *condition = calloc(n, 2 * sizeof(float));
        float *mu = calloc(n, 5 * sizeof(float)), *logvar = calloc(n, 5 * sizeof(float));
        float *y = calloc(n, OUTPUT * sizeof(float));
        for (size_t row = 0; row < n; row++) {
            memcpy(x + row * 19, l.batch.x + row % ROWS * 19, 19 * sizeof(float));
            memcpy(condition + row * 2, l.batch.condition + row % ROWS * 2, 2 * sizeof(float));
        }
        assert_int_equal(tb_vae_encode(l.vae, x, n, mu, logvar), TB_OK);
        assert_int_equal(tb_vae_decode(l.vae, mu, condition, n, y), TB_OK);
        if (n <= 64) { /* the packed decoder agrees, within the precision of its products */
            TbVaeDecoder *decoder;
            assert_int_equal(tb_vae_decoder_new(l.vae, &decoder), TB_OK);
            float *scratch = malloc(tb_vae_decoder_scratch(decoder, n) * sizeof(float));
            float *again = calloc(n, OUTPUT * sizeof(float));
            tb_vae_decoder_run(decoder, mu, condition, n, scratch, again);
            for (size_t k = 0; k < n * OUTPUT; k++)
                packed = fmax(packed, fabsf(y[k] - again[k]));
            tb_vae_decoder_free(decoder);
            free(scratch);
            free(again);
        }
        for (size_t row = 0; row < n; row++) {
            for (size_t k = 0; k < 5; k++) {
                worst = fmax(worst, fabsf(mu[row * 5 + k] - f.mu[row % ROWS * 5 + k]));
                worst = fmax(worst, fabsf(logvar[row * 5 + k] - f.logvar[row % ROWS * 5 + k]));
            }
            for (size_t k = 0; k < OUTPUT; k++)
                worst = fmax(worst, fabsf(y[row * OUTPUT + k] - f.y[row % ROWS * OUTPUT + k]));
        }
        free(x);
        free(condition);
        free(mu);
        free(logvar);
        free(y);
    }
    print_message("encode and decode against forward: %.2e, packed weights %.2e\n", worst, packed);
    assert_true(packed < 1e-2); /* weights have 8 bits of fraction on the tile unit */
    assert_true(worst < 1e-4);
    drop(l.vae, l.trainer);
}

static void test_rejects(void **state) {
    (void)state;
    TbVae *vae;
    for (size_t i = 0; i < sizeof small / sizeof(int); i++) {
        TbVaeConfig config = small;
        int *field = (int *)&config + i;
        for (int bad = 0; bad < 2; bad++) {
            *field = bad ? 65537 : -1;
            assert_int_equal(tb_vae_new(&config, 1, &vae), TB_ERR_ARGUMENT);
            assert_null(vae);
        }
    }
}

static void test_skips_what_is_not_finite(void **state) {
    (void)state;
    TbVae *vae;
    TbTrainer *trainer;
    make(1, 2, &vae, &trainer);
    float before = tb_vae_params(vae)[3];
    tbi_trainer_gradients(trainer)[0] = 1;
    tbi_trainer_gradients(trainer)[3] = NAN;
    assert_false(isfinite(tbi_trainer_step(trainer, &adam)));
    assert_int_equal(tbi_training_n_steps(tbi_trainer_training(trainer)), 0);
    assert_true(tb_vae_params(vae)[3] == before);
    tbi_trainer_zero_gradients(trainer);
    tbi_trainer_gradients(trainer)[3] = 30;
    assert_true(fabs(tbi_trainer_step(trainer, &adam) - 30) < 1e-4);
    assert_int_equal(tbi_training_n_steps(tbi_trainer_training(trainer)), 1);
    /* Adam's first step is the learning rate, whatever the gradient; clipped to 5, moment1 is a tenth of that. */
    assert_true(fabs(before * (1 - 3e-7) - 3e-3 - tb_vae_params(vae)[3]) < 1e-6);
    size_t n = tb_vae_n_params(vae);
    float *moment1 = malloc(n * sizeof *moment1);
    TbTensorFile *file = NULL;
    assert_int_equal(tbi_training_save(tbi_trainer_training(trainer), &checkpoint, CHECKPOINT), TB_OK);
    assert_int_equal(tb_tensor_file_read(CHECKPOINT, &file), TB_OK);
    assert_int_equal(tb_tensor_file_floats(file, "moment1", moment1, n), TB_OK);
    assert_true(fabs(moment1[3] - 0.5) < 1e-5);
    tb_tensor_file_free(file);
    unlink(CHECKPOINT);
    free(moment1);
    drop(vae, trainer);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_overfits, test_repeats, test_threads_agree, test_resumes, test_clone, test_infers,
                     test_rejects, test_skips_what_is_not_finite);
}
