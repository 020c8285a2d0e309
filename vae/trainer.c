/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward and backward: each worker takes its share of the batch rows through the whole network, with a gradient slab
 * of its own (nn/training.h). */
#include "vae/trainer.h"
#include "nn/layer_norm.h"
#include "vae/training.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static TbShare share(const TbTrainer *t, size_t n, int index) {
    return tb_share(n, (size_t)tbi_thread_pool_count(t->pool), (size_t)index);
}

static float *product_scratch(const TbTrainer *t, int index) {
    return t->products + (size_t)index * t->product_size;
}

/* Tasks alternate over layers and directions, so that workers have similar loads. */
static void pack_share(void *context, int index) {
    TbTrainer *t = context;
    const TbTape *tapes[] = {&t->encoder, &t->decoder};
    int task = 0;
    for (int m = 0; m < 2; m++)
        for (int i = 0; i < tapes[m]->mlp->n_layers; i++)
            for (int backward = 0; backward < 2; backward++)
                if (task++ % tbi_thread_pool_count(t->pool) == index && (m || i || !backward)) /* x needs no gradient */
                    tbi_linear_pack(&tapes[m]->linear[i], backward);
}

static void forward_share(void *context, int index) {
    TbTrainer *t = context;
    const TbVaeConfig *c = &t->vae->config;
    TbShare rows = share(t, t->n, index);
    size_t input = (size_t)c->input_dim, latent = (size_t)c->latent_dim, extra = (size_t)c->condition_dim;
    size_t ldx = tb_padded(c->input_dim), lde = tb_padded(2 * c->latent_dim);
    size_t ldd = tb_padded(c->latent_dim + c->condition_dim);
    if (rows.n == 0)
        return;
    for (size_t row = rows.first; row < rows.first + rows.n; row++)
        memcpy(t->x + row * ldx, t->job.x + row * input, input * sizeof(float));
    tbi_tape_forward(&t->encoder, t->x + rows.first * ldx, rows, t->encoded + rows.first * lde, lde,
                     product_scratch(t, index));
    for (size_t row = rows.first; row < rows.first + rows.n; row++) {
        const float *encoded = t->encoded + row * lde;
        for (size_t k = 0, at = row * latent; k < latent; k++, at++) {
            t->mu[at] = encoded[k];
            t->logvar[at] = fminf(fmaxf(encoded[latent + k], TB_LOGVAR_MIN), TB_LOGVAR_MAX);
            t->spread[at] = expf(0.5f * t->logvar[at]) * t->job.noise[at];
            t->z[at] = t->mu[at] + t->spread[at];
            t->decoder_x[row * ldd + k] = t->z[at];
        }
        if (extra)
            memcpy(t->decoder_x + row * ldd + latent, t->job.condition + row * extra, extra * sizeof(float));
    }
    tbi_tape_forward(&t->decoder, t->decoder_x + rows.first * ldd, rows, t->y + rows.first * (size_t)c->output_dim,
                     (size_t)c->output_dim, product_scratch(t, index));
}

TbForward tbi_trainer_forward(TbTrainer *t, const float *x, const float *condition, const float *noise, size_t n) {
    assert(n <= t->batch);
    t->n = n;
    t->job.x = x;
    t->job.condition = condition;
    t->job.noise = noise;
    tbi_thread_pool_run(t->pool, pack_share, t);
    tbi_thread_pool_run(t->pool, forward_share, t);
    return (TbForward){.mu = t->mu, .logvar = t->logvar, .z = t->z, .y = t->y};
}

static void backward_share(void *context, int index) {
    TbTrainer *t = context;
    const TbVaeConfig *c = &t->vae->config;
    TbShare rows = share(t, t->n, index);
    size_t latent = (size_t)c->latent_dim;
    size_t lde = tb_padded(2 * c->latent_dim), ldd = tb_padded(c->latent_dim + c->condition_dim);
    float *gradients = tbi_training_worker_gradients(t->training, index);
    if (rows.n == 0)
        return;
    const float *dy = t->job.dy + rows.first * (size_t)c->output_dim;
    const float *dz = tbi_tape_backward(&t->decoder, t->decoder_x + rows.first * ldd, dy, (size_t)c->output_dim, rows,
                                        gradients, TB_BACKWARD_BOTH, &t->flow, product_scratch(t, index));
    /* z = mu + exp(logvar / 2) noise. The gradient overwrites the encoder's output, which is needed only to decide
     * whether logvar was clamped. */
    for (size_t i = 0; i < rows.n; i++) {
        float *encoded = t->encoded + (rows.first + i) * lde;
        for (size_t k = 0, at = (rows.first + i) * latent; k < latent; k++, at++) {
            float raw = encoded[latent + k];
            float dmu = dz[i * ldd + k], dlogvar = 0.5f * dz[i * ldd + k] * t->spread[at];
            encoded[k] = dmu + (t->job.dmu ? t->job.dmu[at] : 0);
            encoded[latent + k] =
                raw < TB_LOGVAR_MIN || raw > TB_LOGVAR_MAX ? 0 : dlogvar + (t->job.dlogvar ? t->job.dlogvar[at] : 0);
        }
    }
    tbi_tape_backward(&t->encoder, t->x + rows.first * tb_padded(c->input_dim), t->encoded + rows.first * lde, lde,
                      rows, gradients, TB_BACKWARD_WEIGHTS, &t->flow, product_scratch(t, index));
}

void tbi_trainer_backward(TbTrainer *t, const float *dy, const float *dmu, const float *dlogvar) {
    t->job.dy = dy;
    t->job.dmu = dmu;
    t->job.dlogvar = dlogvar;
    tbi_thread_pool_run(t->pool, backward_share, t);
    tbi_training_reduce(t->training);
}

double tbi_trainer_step(TbTrainer *t, const TbAdamConfig *config) {
    return tbi_training_step(t->training, config);
}
