/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: training with sizes of one's own. */
#ifndef TIMBREL_PIECE_TRAIN_H
#define TIMBREL_PIECE_TRAIN_H

#include "piece/model.h"
#include "piece/set.h"

/* As tb_piece_train, of a network of these sizes. NULL: those of the model to start from, or the default. */
TB_NODISCARD TbStatus tbi_piece_train(const TbPieceSet *set, const PieceSizes *sizes, const TbTrainingPlan *plan,
                                      const TbPieceTrainOptions *options, TbPieceModel **model);

/* Nats a note of all fields together. */
double tbi_piece_nats(const TbTokenLoss *loss);

#endif
