// SPDX-License-Identifier: GPL-3.0-or-later
// The network as a whole: its gradient, its learning, and that runs repeat.
#include "vae/vae.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LEVELS = 12, RATIOS = 12, PLAIN = 5, OUTPUT = LEVELS + RATIOS + PLAIN };

static const TbColumns groups[] = {
    {"levels", TB_COLUMN_LEVEL, 0, LEVELS, 1.0f, 0},
    {"ratios", TB_COLUMN_WEIGHTED, LEVELS, RATIOS, 0.5f, 0},
    {"plain", TB_COLUMN_PLAIN, LEVELS + RATIOS, PLAIN, 0.3f, 0},
};
enum { N_GROUPS = sizeof groups / sizeof *groups };

// Sizes that are no multiples of any vector, and differ from each other.
static const TbVaeConfig small = {.input_dim = 19,
                                  .condition_dim = 2,
                                  .latent_dim = 5,
                                  .output_dim = OUTPUT,
                                  .encoder_width = 37,
                                  .encoder_layers = 2,
                                  .decoder_width = 41,
                                  .decoder_layers = 3};

enum { ROWS = 23 };
typedef struct {
    float x[ROWS * 19], condition[ROWS * 2], noise[ROWS * 5], target[ROWS * OUTPUT], mask[ROWS * OUTPUT];
    float dy[ROWS * OUTPUT], dmu[ROWS * 5], dlogvar[ROWS * 5];
} Batch;

// Smooth data of two hidden causes, so that there is something to learn.
static void fill(Batch *batch, uint64_t seed) {
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int row = 0; row < ROWS; row++) {
        float p = tb_rng_uniform(&rng), q = tb_rng_uniform(&rng);
        for (int k = 0; k < 19; k++)
            batch->x[row * 19 + k] = sinf(3 * p + 0.3f * (float)k) + cosf(2 * q * (float)k);
        for (int k = 0; k < 2; k++)
            batch->condition[row * 2 + k] = tb_rng_uniform(&rng);
        for (int k = 0; k < 5; k++)
            batch->noise[row * 5 + k] = tb_rng_normal(&rng);
        for (int k = 0; k < OUTPUT; k++) {
            batch->target[row * OUTPUT + k] = 0.5f + 0.4f * sinf(4 * p + q * (float)k);
            batch->mask[row * OUTPUT + k] = tb_rng_uniform(&rng) < 0.8f;
        }
    }
}

static const double beta = 0.003, free_bits = 0.01;

static double forward_loss(TbTrainer *trainer, Batch *batch, bool gradients) {
    TbForward f = tb_trainer_forward(trainer, batch->x, batch->condition, batch->noise, ROWS);
    memset(batch->dy, 0, sizeof batch->dy);
    memset(batch->dmu, 0, sizeof batch->dmu);
    memset(batch->dlogvar, 0, sizeof batch->dlogvar);
    double loss = tb_recon_loss(groups, N_GROUPS, OUTPUT, f.y, batch->target, batch->mask, ROWS,
                                gradients ? batch->dy : NULL, NULL);
    return loss + tb_kl_loss(f.mu, f.logvar, ROWS, 5, beta, free_bits, gradients ? batch->dmu : NULL,
                             gradients ? batch->dlogvar : NULL);
}

static const TbAdamConfig adam = {
    .learning_rate = 3e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 1e-4, .clip_norm = 5};

static double train(TbTrainer *trainer, Batch *batch, int steps) {
    double loss = 0;
    for (int i = 0; i < steps; i++) {
        loss = forward_loss(trainer, batch, true);
        tb_trainer_zero_gradients(trainer);
        tb_trainer_backward(trainer, batch->dy, batch->dmu, batch->dlogvar);
        tb_trainer_step(trainer, &adam);
    }
    return loss;
}

static void make(uint64_t seed, int threads, TbVae **vae, TbTrainer **trainer) {
    tb_set_threads(threads);
    assert_int_equal(tb_vae_new(&small, seed, vae), TB_OK);
    assert_int_equal(tb_trainer_new(*vae, ROWS, trainer), TB_OK);
}

static void drop(TbVae *vae, TbTrainer *trainer) {
    tb_trainer_free(trainer);
    tb_vae_free(vae);
}

static void test_overfits(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 7);
    TbVae *vae;
    TbTrainer *trainer;
    make(1, 1, &vae, &trainer);
    double first = forward_loss(trainer, &batch, false), last = train(trainer, &batch, 1500);
    print_message("loss %.3f -> %.4f\n", first, last);
    assert_true(first > 5);
    assert_true(last < 0.2);
    drop(vae, trainer);
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
        assert_true(train(ta, &batch, 50) != lb); // another seed is another run
        drop(a, ta);
        drop(b, tb);
    }
}

// The number of threads changes only the order of sums.
static void test_threads_agree(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 9);
    TbVae *a, *b;
    TbTrainer *ta, *tb;
    make(3, 1, &a, &ta);
    make(3, 4, &b, &tb);
    double la = forward_loss(ta, &batch, true);
    tb_trainer_backward(ta, batch.dy, batch.dmu, batch.dlogvar);
    double lb = forward_loss(tb, &batch, true);
    tb_trainer_backward(tb, batch.dy, batch.dmu, batch.dlogvar);
    double worst = 0, most = 0;
    for (size_t i = 0; i < tb_vae_n_params(a); i++) {
        worst = fmax(worst, fabs((double)tb_trainer_gradients(ta)[i] - tb_trainer_gradients(tb)[i]));
        most = fmax(most, fabs((double)tb_trainer_gradients(ta)[i]));
    }
    print_message("1 against 4 threads: loss %.2e, gradient %.2e of %.2e\n", fabs(la - lb), worst, most);
    assert_true(fabs(la - lb) < 1e-5 * la);
    assert_true(worst < 1e-5 * most);
    drop(a, ta);
    drop(b, tb);
}

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
    assert_int_equal(tb_trainer_new(b, ROWS, &tb), TB_OK);
    size_t n_bytes = tb_vae_n_params(a) * sizeof(float);
    memcpy(tb_trainer_moment1(tb), tb_trainer_moment1(ta), n_bytes);
    memcpy(tb_trainer_moment2(tb), tb_trainer_moment2(ta), n_bytes);
    tb_trainer_set_n_steps(tb, tb_trainer_n_steps(ta));
    assert_int_equal(tb_trainer_n_steps(tb), 20);
    train(ta, &batch, 30);
    train(tb, &batch, 30);
    assert_memory_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    drop(a, ta);
    drop(b, tb);
}

static void test_clone(void **state) {
    (void)state;
    TbVae *a, *b;
    assert_int_equal(tb_vae_new(&small, 6, &a), TB_OK);
    assert_int_equal(tb_vae_clone(a, &b), TB_OK);
    size_t n_bytes = tb_vae_n_params(a) * sizeof(float);
    assert_memory_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    assert_memory_equal(tb_vae_config(a), tb_vae_config(b), sizeof small);
    tb_vae_params(b)[0] += 1; // a slab of its own
    assert_memory_not_equal(tb_vae_params(a), tb_vae_params(b), n_bytes);
    tb_vae_free(a);
    tb_vae_free(b);
    tb_vae_free(NULL);
}

// Encoding and decoding give what training's forward pass gives, in any number of rows.
static void test_infers(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 11);
    TbVae *vae;
    TbTrainer *trainer;
    make(12, 1, &vae, &trainer);
    train(trainer, &batch, 10);
    memset(batch.noise, 0, sizeof batch.noise);
    TbForward f = tb_trainer_forward(trainer, batch.x, batch.condition, batch.noise, ROWS);
    double worst = 0;
    static const size_t counts[] = {1, 2, 3, 7, 64, 255, 257, 600};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t n = counts[c];
        float *x = calloc(n, 19 * sizeof(float)), *condition = calloc(n, 2 * sizeof(float));
        float *mu = calloc(n, 5 * sizeof(float)), *logvar = calloc(n, 5 * sizeof(float));
        float *y = calloc(n, OUTPUT * sizeof(float));
        for (size_t row = 0; row < n; row++) {
            memcpy(x + row * 19, batch.x + row % ROWS * 19, 19 * sizeof(float));
            memcpy(condition + row * 2, batch.condition + row % ROWS * 2, 2 * sizeof(float));
        }
        assert_int_equal(tb_vae_encode(vae, x, n, mu, logvar), TB_OK);
        assert_int_equal(tb_vae_decode(vae, mu, condition, n, y), TB_OK);
        if (n <= 64) { // the decoder that allocates nothing gives the same
            float *scratch = malloc(tb_vae_decode_scratch(vae, n) * sizeof(float));
            float *again = calloc(n, OUTPUT * sizeof(float));
            tb_vae_decode_rt(vae, mu, condition, n, scratch, again);
            assert_memory_equal(y, again, n * OUTPUT * sizeof(float));
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
    print_message("encode and decode against forward: %.2e\n", worst);
    assert_true(worst < 1e-4);
    drop(vae, trainer);
}

// A slow twin of the whole net in double, written from the definitions.
static void twin_mlp(const double *params, const TbVae *vae, size_t *tensor, int layers, const double *x, double *y) {
    double a[64], h[64];
    for (int k = 0; k < 64; k++)
        a[k] = x[k];
    for (int layer = 0; layer <= layers; layer++) {
        const TbTensor *weight = tb_vae_tensor(vae, (*tensor)++), *bias = tb_vae_tensor(vae, (*tensor)++);
        size_t out = weight->rows, in = weight->cols;
        for (size_t k = 0; k < out; k++) {
            h[k] = params[bias->offset + k];
            for (size_t i = 0; i < in; i++)
                h[k] += params[weight->offset + k * in + i] * a[i];
        }
        if (layer == layers) {
            memcpy(y, h, out * sizeof *y);
            return;
        }
        const TbTensor *scale = tb_vae_tensor(vae, (*tensor)++), *shift = tb_vae_tensor(vae, (*tensor)++);
        double mean = 0, variance = 0;
        for (size_t k = 0; k < out; k++)
            mean += h[k] / (double)out;
        for (size_t k = 0; k < out; k++)
            variance += (h[k] - mean) * (h[k] - mean) / (double)out;
        for (size_t k = 0; k < out; k++) {
            double u = (h[k] - mean) / sqrt(variance + 1e-5) * params[scale->offset + k] + params[shift->offset + k];
            a[k] = u > 0 ? u : 0.1 * u;
        }
    }
}

static double twin_level(const double *y, const float *target, const float *mask) {
    double sum = 0, total = 0;
    for (int k = 0; k < LEVELS; k++) {
        double e = fabs(20 * (fmin(fmax(y[k], -0.05), 1.2) - (double)target[k])), w = (0.15 + target[k]) * mask[k];
        sum += w * (e < 1 ? e * e : 2 * e - 1);
        total += w;
    }
    return sum / total;
}

static double twin_loss(const double *params, const TbVae *vae, const Batch *batch) {
    double recon = 0, kl[5] = {0}, loss = 0;
    for (int row = 0; row < ROWS; row++) {
        const float *target = batch->target + row * OUTPUT;
        double x[64] = {0}, encoded[64], decoder_x[64] = {0}, y[64];
        size_t tensor = 0;
        for (int k = 0; k < 19; k++)
            x[k] = batch->x[row * 19 + k];
        twin_mlp(params, vae, &tensor, small.encoder_layers, x, encoded);
        for (int k = 0; k < 5; k++) {
            double mu = encoded[k], logvar = fmin(fmax(encoded[5 + k], -8), 4);
            kl[k] += 0.5 * (mu * mu + exp(logvar) - 1 - logvar) / ROWS;
            decoder_x[k] = mu + exp(0.5 * logvar) * batch->noise[row * 5 + k];
        }
        for (int k = 0; k < 2; k++)
            decoder_x[5 + k] = batch->condition[row * 2 + k];
        twin_mlp(params, vae, &tensor, small.decoder_layers, decoder_x, y);
        recon += twin_level(y, target, batch->mask + row * OUTPUT);
        double ratios = 0, total = 0.3, squares = 0;
        for (int k = 0; k < RATIOS; k++) {
            double w = (double)target[k] * target[k], e = y[LEVELS + k] - target[LEVELS + k];
            ratios += 100 * w * e * e;
            total += w;
        }
        for (int k = LEVELS + RATIOS; k < OUTPUT; k++)
            squares += 16 * (y[k] - target[k]) * (y[k] - target[k]) / PLAIN;
        recon += 0.5 * ratios / total + 0.3 * squares;
    }
    for (int k = 0; k < 5; k++)
        loss += beta * fmax(kl[k], free_bits);
    return recon / ROWS + loss;
}

// Central differences of the twin, a few weights of every tensor.
static void test_gradient(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 13);
    for (int threads = 1; threads <= 2; threads++) {
        TbVae *vae;
        TbTrainer *trainer;
        make(14, threads, &vae, &trainer);
        train(trainer, &batch, 5); // so that norms and biases are not at 0 and 1
        tb_trainer_zero_gradients(trainer);
        double loss = forward_loss(trainer, &batch, true), worst = 0;
        tb_trainer_backward(trainer, batch.dy, batch.dmu, batch.dlogvar);
        double *params = malloc(tb_vae_n_params(vae) * sizeof *params);
        for (size_t i = 0; i < tb_vae_n_params(vae); i++)
            params[i] = tb_vae_params(vae)[i];
        print_message("%d threads: loss %.7f, twin %.7f\n", threads, loss, twin_loss(params, vae, &batch));
        assert_true(fabs(loss - twin_loss(params, vae, &batch)) < 1e-5 * loss);
        for (size_t i = 0; i < tb_vae_n_tensors(vae); i++) {
            const TbTensor *tensor = tb_vae_tensor(vae, i);
            double error = 0, size = 0;
            for (size_t k = 0; k < 40; k++) {
                size_t at = tensor->offset + k * 7919 % (tensor->rows * tensor->cols);
                double kept = params[at];
                params[at] = kept + 1e-6;
                double up = twin_loss(params, vae, &batch);
                params[at] = kept - 1e-6;
                double down = twin_loss(params, vae, &batch);
                params[at] = kept;
                double numeric = (up - down) / 2e-6, e = numeric - tb_trainer_gradients(trainer)[at];
                error += e * e;
                size += numeric * numeric;
            }
            double relative = sqrt(error / size);
            print_message("    %-24s gradient error %.1e\n", tensor->name, relative);
            worst = fmax(worst, relative);
        }
        print_message("%d threads: largest gradient error %.1e\n", threads, worst);
        assert_true(worst < 3e-4); // 2e-6 with products in float, 1e-4 on tile units (vae/product.h)
        free(params);
        drop(vae, trainer);
    }
}

// Outside of -8..4, logvar is held and gets no gradient.
static void test_clamps_logvar(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 15);
    TbVae *vae;
    TbTrainer *trainer;
    make(16, 1, &vae, &trainer);
    const TbTensor *bias = tb_vae_tensor(vae, 9); // the encoder's last
    assert_string_equal(bias->name, "encoder.2.bias");
    float *value = tb_vae_params(vae) + bias->offset;
    value[5] = 20, value[6] = -20; // logvar of dims 0 and 1
    forward_loss(trainer, &batch, true);
    TbForward f = tb_trainer_forward(trainer, batch.x, batch.condition, batch.noise, ROWS);
    tb_trainer_backward(trainer, batch.dy, batch.dmu, batch.dlogvar);
    const float *gradient = tb_trainer_gradients(trainer) + bias->offset;
    for (int row = 0; row < ROWS; row++) {
        assert_true(f.logvar[row * 5] == 4 && f.logvar[row * 5 + 1] == -8);
        float z = f.mu[row * 5] + expf(2) * batch.noise[row * 5];
        assert_true(fabsf(f.z[row * 5] - z) < 1e-5f * fabsf(z) + 1e-6f);
    }
    assert_true(gradient[5] == 0 && gradient[6] == 0);
    assert_true(gradient[7] != 0 && gradient[0] != 0);
    drop(vae, trainer);
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
    tb_trainer_gradients(trainer)[0] = 1;
    tb_trainer_gradients(trainer)[3] = NAN;
    assert_false(isfinite(tb_trainer_step(trainer, &adam)));
    assert_int_equal(tb_trainer_n_steps(trainer), 0);
    assert_true(tb_vae_params(vae)[3] == before);
    tb_trainer_zero_gradients(trainer);
    tb_trainer_gradients(trainer)[3] = 30;
    assert_true(fabs(tb_trainer_step(trainer, &adam) - 30) < 1e-4);
    assert_int_equal(tb_trainer_n_steps(trainer), 1);
    // Adam's first step is the learning rate, whatever the gradient; clipped to 5, moment1 holds a tenth of that.
    assert_true(fabs(before * (1 - 3e-7) - 3e-3 - tb_vae_params(vae)[3]) < 1e-6);
    assert_true(fabs(tb_trainer_moment1(trainer)[3] - 0.5) < 1e-5);
    drop(vae, trainer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overfits),      cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_threads_agree), cmocka_unit_test(test_resumes),
        cmocka_unit_test(test_clone),         cmocka_unit_test(test_infers),
        cmocka_unit_test(test_gradient),      cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_clamps_logvar), cmocka_unit_test(test_skips_what_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
