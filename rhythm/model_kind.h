/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: models of rhythms in files. */
#ifndef TIMBREL_RHYTHM_MODEL_KIND_H
#define TIMBREL_RHYTHM_MODEL_KIND_H

#include "nn/model_file.h"

extern const TbModelKind tbi_rhythm_model_kind;

#endif
