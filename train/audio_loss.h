/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multi-scale spectral loss between two audio signals, with its gradient. */
#ifndef TIMBREL_TRAIN_AUDIO_LOSS_H
#define TIMBREL_TRAIN_AUDIO_LOSS_H

#include "timbrel/audio.h"

typedef struct AudioLoss AudioLoss;

TB_NODISCARD TbStatus tbi_audio_loss_new(AudioLoss **loss);
void tbi_audio_loss_free(AudioLoss *loss);

/* Over FFT sizes 2048 .. 64, hop a quarter, Hann (Engel et al. 2020, DDSP): mean over frames and bins of |S - S'| /
 * mean S  +  |log(S + e) - log(S' + e)|, e = 60 dB below the target's loudest bin, so that inaudible bins do not
 * count. Adds d loss / d test to dtest (may be NULL). n >= 2048. RT */
double tbi_audio_loss(AudioLoss *loss, const float *target, const float *test, size_t n, float *dtest);

#endif
