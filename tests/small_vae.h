/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by test_vae.c, test_refine.c, test_differentiable.c and test_pullback.c: a small network and a batch for
 * it. */
#ifndef TIMBREL_TESTS_SMALL_VAE_H
#define TIMBREL_TESTS_SMALL_VAE_H

#include "timbrel/vae.h"
#include "vae/training.h"

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

/* Sizes that are not multiples of any vector width, and differ from each other. */
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
    float x[ROWS * 19], condition[ROWS * 2], noise[ROWS * 5], target[ROWS * OUTPUT], threshold[ROWS * OUTPUT];
    float dy[ROWS * OUTPUT], dmu[ROWS * 5], dlogvar[ROWS * 5];
} Batch;

/* Smooth data with two latent factors, so that there is something to learn. */
static inline void fill(Batch *batch, uint64_t seed) {
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
            float u = tb_rng_uniform(&rng);
            batch->threshold[row * OUTPUT + k] = u < 0.3f ? u : u < 0.8f ? 0 : 2; /* raised, none, excluded */
        }
    }
}

static const double beta = 0.003, free_bits = 0.01;

static inline double forward_loss(TbTrainer *trainer, Batch *batch, bool gradients) {
    TbForward f = tbi_trainer_forward(trainer, batch->x, batch->condition, batch->noise, ROWS);
    memset(batch->dy, 0, sizeof batch->dy);
    memset(batch->dmu, 0, sizeof batch->dmu);
    memset(batch->dlogvar, 0, sizeof batch->dlogvar);
    double loss = tbi_recon_loss(groups, N_GROUPS, OUTPUT, f.y, batch->target, batch->threshold, ROWS,
                                 gradients ? batch->dy : NULL, NULL);
    return loss + tbi_kl_loss(f.mu, f.logvar, ROWS, 5, beta, free_bits, gradients ? batch->dmu : NULL,
                              gradients ? batch->dlogvar : NULL);
}

static const TbAdamConfig adam = {
    .learning_rate = 3e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 1e-4, .clip_norm = 5};

static inline double train(TbTrainer *trainer, Batch *batch, int steps) {
    double loss = 0;
    for (int i = 0; i < steps; i++) {
        loss = forward_loss(trainer, batch, true);
        tbi_trainer_zero_gradients(trainer);
        tbi_trainer_backward(trainer, batch->dy, batch->dmu, batch->dlogvar);
        tbi_trainer_step(trainer, &adam);
    }
    return loss;
}

static inline void make(uint64_t seed, int threads, TbVae **vae, TbTrainer **trainer) {
    tb_set_threads(threads);
    assert_int_equal(tb_vae_new(&small, seed, vae), TB_OK);
    assert_int_equal(tbi_trainer_new(*vae, ROWS, trainer), TB_OK);
}

static inline void drop(TbVae *vae, TbTrainer *trainer) {
    tbi_trainer_free(trainer);
    tb_vae_free(vae);
}

/* A network with its trainer, and data to learn. */
typedef struct {
    Batch batch;
    TbVae *vae;
    TbTrainer *trainer;
} Learner;

/* With weights of a seed, on one thread. */
static inline void begin(Learner *l, uint64_t data, uint64_t seed) {
    fill(&l->batch, data);
    make(seed, 1, &l->vae, &l->trainer);
}

/* A slow reference in double for one half of a network, from the definitions. *tensor: index of its first tensor,
 * then past its last. */
static inline void twin_mlp(const double *params, const TbVae *vae, size_t *tensor, int layers, const double *x,
                            double *y) {
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

#endif
