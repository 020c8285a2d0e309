/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: report of a training run: in the terminal, and as text and picture next to the model. */
#ifndef TIMBREL_APP_TRAIN_REPORT_H
#define TIMBREL_APP_TRAIN_REPORT_H

#include "timbrel/train.h"

/* "13 files, 15 notes, 0:31 of sound, 5400 frames; 2 files skipped: ..." */
void train_facts_text(const TbDatasetStats *facts, char *text, size_t size);

/* A sentence on whether more training would help, judged by how far the error fell in the second half of the run. */
const char *train_outlook(const TbTrainHistory *history);

/* Writes STEM.report.txt and STEM.report.png, STEM being the model's path without .safetensors. */
TB_NODISCARD TbStatus train_report_write(const char *model_path, const TbModel *model, const TbDatasetStats *facts,
                                         const TbTrainOptions *options, const TbTrainHistory *history);

#endif
