/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From frames to latents with a model, and the column groups of its loss: for encoding and training. */
#ifndef TIMBREL_SOUND_INFER_LATENTS_H
#define TIMBREL_SOUND_INFER_LATENTS_H

#include "timbrel/sound.h"
#include "vae/training.h"

/* The column groups of the decoder's output; for training and its tests. ANY */
const TbColumns *tbi_model_columns(size_t *n_columns);
/* The weights of the network, owned by the model. ANY */
float *tbi_model_weights(const TbModel *model);
/* One frame -> encoder input [TB_MODEL_INPUTS]. RT */
void tbi_model_input(const TbFrame *frame, float *x);
/* Latents of n frames: the encoder's output for x[n][TB_MODEL_INPUTS], refined by gradient steps so that the decoder
 * reproduces features[n][TB_FEATURES] as well as possible; threshold as tb_masking_threshold. -> z[n][latent_dim].
 * OFF. */
TB_NODISCARD TbStatus tbi_model_infer(const TbVae *vae, const float *x, const float *features, const float *threshold,
                                      const float *condition, size_t n, float *z);
/* The same for consecutive frames: faster, because neighbours are similar, and less noisy, because z is smoothed
 * where the sound is steady. OFF. */
TB_NODISCARD TbStatus tbi_model_infer_track(const TbVae *vae, const float *x, const float *features,
                                            const float *threshold, const float *condition, size_t n, float *z);

#endif
