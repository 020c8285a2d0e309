/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient of the whole network (encoder, reparameterization, decoder, losses) against central differences of a
 * slow reference in double precision. */
#include "tests/run_tests.h"
#include "tests/small_vae.h"
#include "vae/training.h"

#define UNHEARD 0.05 /* weight of errors below the masking threshold, see vae.h */

static double huber(double e) {
    return fabs(e) < 1 ? e * e : 2 * fabs(e) - 1;
}

static double twin_level(const double *y, const float *target, const float *threshold) {
    double sum = 0, total = 0;
    for (int k = 0; k < LEVELS; k++) {
        double low = threshold[k], t = target[k], e = y[k] - t, heard = t > low ? e : fmax(y[k] - low, 0);
        double w = low >= 1.5 ? 0 : 0.15 + fmax(t, low);
        sum += w * ((1 - UNHEARD) * huber(20 * heard) + UNHEARD * huber(20 * e));
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
        recon += twin_level(y, target, batch->threshold + row * OUTPUT);
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

/* Central differences of the reference for a few weights of each tensor. */
static void test_gradient(void **state) {
    (void)state;
    static Batch batch;
    fill(&batch, 13);
    for (int threads = 1; threads <= 2; threads++) {
        TbVae *vae;
        TbTrainer *trainer;
        make(14, threads, &vae, &trainer);
        train(trainer, &batch, 5); /* moves norms and biases away from 1 and 0 */
        tbi_trainer_zero_gradients(trainer);
        double loss = forward_loss(trainer, &batch, true), worst = 0;
        tbi_trainer_backward(trainer, batch.dy, batch.dmu, batch.dlogvar);
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
                double numeric = (up - down) / 2e-6, e = numeric - tbi_trainer_gradients(trainer)[at];
                error += e * e;
                size += numeric * numeric;
            }
            double relative = sqrt(error / size);
            print_message("    %-24s gradient error %.1e\n", tensor->name, relative);
            worst = fmax(worst, relative);
        }
        print_message("%d threads: largest gradient error %.1e\n", threads, worst);
        assert_true(worst < 3e-4); /* 2e-6 with products in float, 1e-4 on tile units (nn/matmul.h) */
        free(params);
        drop(vae, trainer);
    }
}

/* Outside -8..4, logvar is clamped and has no gradient. */
static void test_clamps_logvar(void **state) {
    (void)state;
    static Learner l;
    begin(&l, 15, 16);
    const TbTensor *bias = tb_vae_tensor(l.vae, 9); /* the encoder's last bias */
    assert_string_equal(bias->name, "encoder.2.bias");
    float *value = tb_vae_params(l.vae) + bias->offset;
    value[5] = 20, value[6] = -20; /* logvar of dims 0 and 1 */
    forward_loss(l.trainer, &l.batch, true);
    TbForward f = tbi_trainer_forward(l.trainer, l.batch.x, l.batch.condition, l.batch.noise, ROWS);
    tbi_trainer_backward(l.trainer, l.batch.dy, l.batch.dmu, l.batch.dlogvar);
    const float *gradient = tbi_trainer_gradients(l.trainer) + bias->offset;
    for (int row = 0; row < ROWS; row++) {
        assert_true(f.logvar[row * 5] == 4 && f.logvar[row * 5 + 1] == -8);
        float z = f.mu[row * 5] + expf(2) * l.batch.noise[row * 5];
        assert_true(fabsf(f.z[row * 5] - z) < 1e-5f * fabsf(z) + 1e-6f);
    }
    assert_true(gradient[5] == 0 && gradient[6] == 0);
    assert_true(gradient[7] != 0 && gradient[0] != 0);
    drop(l.vae, l.trainer);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_gradient, test_clamps_logvar);
}
