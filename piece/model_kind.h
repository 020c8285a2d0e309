/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: models of pieces in files. */
#ifndef TIMBREL_PIECE_MODEL_KIND_H
#define TIMBREL_PIECE_MODEL_KIND_H

#include "nn/model_file.h"

extern const TbModelKind tbi_piece_model_kind;

#endif
