/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: training with sizes of one's own, and losses of a model. */
#ifndef TIMBREL_MELODY_TRAIN_H
#define TIMBREL_MELODY_TRAIN_H

#include "melody/model.h"

/* As tb_melody_train, of a network of these sizes. NULL: those of the model to start from, or the default. */
TB_NODISCARD TbStatus tbi_melody_train(const TbMelodySet *set, const MelodySizes *sizes, const TbTrainingPlan *plan,
                                       const TbMelodyTrainOptions *options, TbMelodyModel **model);

/* The losses of a model on the melodies of a set, without or with their chords; not told how long they are. OFF */
TB_NODISCARD TbStatus tbi_melody_evaluate(const TbMelodyModel *model, const MelodyExamples *examples, bool chords,
                                          MelodyLatentUse latent, MelodyLosses *losses);

#endif
