/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: training with sizes of one's own. */
#ifndef TIMBREL_RHYTHM_TRAIN_H
#define TIMBREL_RHYTHM_TRAIN_H

#include "rhythm/network.h"

/* As tb_rhythm_train, of a network of these sizes. NULL: those of the model to start from, or the default. */
TB_NODISCARD TbStatus tbi_rhythm_train(const TbRhythmSet *set, const RhythmSizes *sizes, const TbTrainingPlan *plan,
                                       const TbRhythmTrainOptions *options, TbRhythmModel **model);

#endif
