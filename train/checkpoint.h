/* Checkpoints: all that a run needs to go on exactly.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_CHECKPOINT_H
#define TIMBREL_TRAIN_CHECKPOINT_H

#include "train/train.h"

typedef struct {
    size_t step, n_steps;
    double seconds; /* spent training */
    double best_db;
    float *best; /* weights with the lowest validation error so far */
} TrainState;

TbStatus checkpoint_write(const char *path, const TrainState *state, TbVae *vae, TbTrainer *trainer,
                          const TbTrainOptions *options, uint64_t fingerprint);
/* Refuses a checkpoint of another net, seed, batch or other sounds. state->best is filled in place. */
TbStatus checkpoint_read(const char *path, TrainState *state, TbVae *vae, TbTrainer *trainer,
                         const TbTrainOptions *options, uint64_t fingerprint);

#endif
