/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: the members of TbTraining. */
#ifndef TIMBREL_NN_TRAINING_STATE_H
#define TIMBREL_NN_TRAINING_STATE_H

#include "base/arena.h"
#include "nn/adamw.h"
#include "nn/training.h"

struct TbTraining {
    TbArena memory; /* first: tbi_arena_free_owner */
    const TbParameters *parameters;
    float *params; /* borrowed */
    TbThreadPool *pool;
    float *gradients, *moment1, *moment2; /* slabs */
    float *best, *average;                /* slabs; NULL: there is none */
    float *worker_gradients;              /* [workers - 1] slabs */
    double *sums;                         /* [workers] */
    uint64_t n_steps, n_worse;            /* n_worse: evaluations since the lowest error */
    double lowest, decay;                 /* decay: of the average */
    TbAdamStep adam;                      /* of the current step */
    float forget;                         /* the share of the current weights in the average */
};

#endif
