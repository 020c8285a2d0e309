/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: models of melodies in files. */
#ifndef TIMBREL_MELODY_MODEL_KIND_H
#define TIMBREL_MELODY_MODEL_KIND_H

#include "nn/model_file.h"

extern const TbModelKind tbi_melody_model_kind;

#endif
