/* The frames that training draws from: 16-bit fixed point rows in memory.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_DATASET_H
#define TIMBREL_TRAIN_DATASET_H

#include "train/train.h"

enum { ROW = TB_MODEL_INPUTS }; /* features and condition of one frame */

struct TbDataset {
    TbDatasetFacts facts;
    int16_t *rows;       /* [n_frames][ROW] for training */
    int16_t *validation; /* [n_validation][ROW] */
};

#define ROW_UNIT 12000.0f /* values of +-2.7 fit */

/* A stored row -> x (encoder input), target (decoder output), mask of target, condition. RT */
void dataset_unpack(const int16_t *row, float *x, float *target, float *mask, float *condition);

#endif
