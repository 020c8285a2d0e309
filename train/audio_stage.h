/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on raw audio: the decoded frames are synthesised and compared with the recording. */
#ifndef TIMBREL_TRAIN_AUDIO_STAGE_H
#define TIMBREL_TRAIN_AUDIO_STAGE_H

#include "train/dataset.h"
#include "vae/training.h"

enum { AUDIO_STAGE_CHUNKS = 8, AUDIO_STAGE_ROWS = AUDIO_STAGE_CHUNKS * CHUNK_FRAMES }; /* per batch */

typedef struct AudioStage AudioStage;

/* `data` is borrowed. OFF. */
TB_NODISCARD TbStatus tbi_audio_stage_new(const TbDataset *data, int n_threads, int latent_dim, AudioStage **session);
void tbi_audio_stage_free(AudioStage *session);

/* Draws a batch of chunks and adds the gradients of `weight` times their audio loss (audio_loss.h) to the trainer's.
 * Returns the loss. OFF. */
double tbi_audio_stage_gradients(AudioStage *session, TbTrainer *trainer, double weight, TbRng *rng);

#endif
