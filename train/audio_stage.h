/* Training on raw audio: see audio_stage.c.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_AUDIO_STAGE_H
#define TIMBREL_TRAIN_AUDIO_STAGE_H

#include "train/train.h"

typedef struct AudioStage AudioStage;

/* Adds the gradients of one batch of the audio loss to the trainer's. OFF. */
void audio_stage_gradients(AudioStage *stage, TbVae *vae, TbTrainer *trainer, TbRng *rng);

#endif
