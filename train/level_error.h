/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_LEVEL_ERROR_H
#define TIMBREL_TRAIN_LEVEL_ERROR_H

#include "train/dataset.h"

/* RMS error of the audible levels, over up to 768 evenly spaced rows of rows[n_rows][ROW], n_rows > 0. OFF. */
TB_NODISCARD TbStatus tbi_level_error(const TbVae *vae, const int16_t *rows, size_t n_rows, double *db);

#endif
