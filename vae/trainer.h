/* Inside of vae/: the state of one training run.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_VAE_TRAINER_H
#define TIMBREL_VAE_TRAINER_H

#include "vae/adam.h"
#include "vae/linear.h"
#include "vae/network.h"
#include "vae/workers.h"

/* What the forward pass of one MLP leaves for the backward pass. Row widths are padded to whole vectors. */
typedef struct {
    const TbMlp *mlp;
    TbLinear linear[TB_MAX_HIDDEN + 1];                  /* the weights, packed anew in every forward */
    float *normalised[TB_MAX_HIDDEN], *a[TB_MAX_HIDDEN]; /* [batch][width] */
    float *inverse_deviation[TB_MAX_HIDDEN];             /* [batch] */
} TbTape;

struct TbTrainer {
    TbVae *vae;
    TbWorkers *workers;
    TbProductBackend backend;
    size_t batch, n; /* rows at most, rows of the last forward */
    uint64_t n_steps;
    float *gradients, *moment1, *moment2; /* slabs */
    float *worker_gradients;              /* [workers - 1] slabs */
    double *sums;                         /* [workers] */

    float *scratch; /* one block, cut up into the rest and the tapes' arrays */
    TbTape encoder, decoder;
    float *x;                        /* [batch][input] */
    float *encoded;                  /* [batch][2 latent]: mu and logvar before clamping; then their gradients */
    float *mu, *logvar, *z, *spread; /* [batch][latent], not padded; spread = exp(logvar / 2) noise */
    float *decoder_x;                /* [batch][latent + condition] */
    float *y;                        /* [batch][output], not padded */
    size_t widest;                   /* row of `flow`: workers must not meet there while in different layers */
    float *flow[2];                  /* [batch][widest]: gradients on their way back, in turns */
    size_t product_size;
    float *products; /* [workers][product_size]: scratch of matrix products */

    struct { /* arguments of the work in hand */
        const float *x, *condition, *noise, *dy, *dmu, *dlogvar;
        TbAdamStep adam;
    } job;
};

/* The part of worker `index` when n things are shared out. */
typedef struct {
    size_t first, n;
} TbShare;

static inline TbShare tb_share(size_t n, size_t n_workers, size_t index) {
    size_t first = n * index / n_workers;
    return (TbShare){first, n * (index + 1) / n_workers - first};
}

#endif
