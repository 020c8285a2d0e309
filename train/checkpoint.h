/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkpoints: the complete state of a training run. */
#ifndef TIMBREL_TRAIN_CHECKPOINT_H
#define TIMBREL_TRAIN_CHECKPOINT_H

#include "timbrel/train.h"
#include "vae/training.h"

typedef struct {
    size_t step, n_steps;
    size_t round_first;          /* first step of the current learning-rate round; 0 in a run of known length */
    double seconds;              /* spent training */
    double loss, kl, audio_loss; /* running means */
    size_t n_points;             /* evaluations so far ... */
    TbTrainPoint *points;        /* ... owned */
} TrainState;

TB_NODISCARD TbStatus tbi_checkpoint_write(const char *path, const TrainState *state, TbTraining *training,
                                           const TbTrainOptions *options, uint64_t fingerprint);
/* Rejects a checkpoint of another net, seed, batch size or data set. state->points is new. */
TB_NODISCARD TbStatus tbi_checkpoint_read(const char *path, TrainState *state, TbTraining *training,
                                          const TbTrainOptions *options, uint64_t fingerprint);

#endif
