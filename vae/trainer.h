/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to vae/: the state of one training run. */
#ifndef TIMBREL_VAE_TRAINER_H
#define TIMBREL_VAE_TRAINER_H

#include "nn/tape.h"
#include "nn/training.h"
#include "vae/network.h"
#include "vae/training.h"

struct TbTrainer {
    TbArena memory; /* first: tbi_arena_free_owner */
    TbVae *vae;
    TbTraining *training;
    TbThreadPool *pool; /* of the training */
    TbMatmulBackend backend;
    size_t batch, n; /* maximum number of rows, rows of the last forward */

    TbTape encoder, decoder;
    float *x;                        /* [batch][input] */
    float *encoded;                  /* [batch][2 latent]: mu and logvar before clamping; then their gradients */
    float *mu, *logvar, *z, *spread; /* [batch][latent], not padded; spread = exp(logvar / 2) noise */
    float *decoder_x;                /* [batch][latent + condition] */
    float *y;                        /* [batch][output], not padded */
    TbFlow flow;
    size_t product_size;
    float *products; /* [workers][product_size]: scratch of matrix products */

    struct { /* arguments of the current pass */
        const float *x, *condition, *noise, *dy, *dmu, *dlogvar;
    } job;
};

#endif
