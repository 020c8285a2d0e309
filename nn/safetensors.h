/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: shared by the reader and the writer of safetensors. */
#ifndef TIMBREL_NN_SAFETENSORS_H
#define TIMBREL_NN_SAFETENSORS_H

#include "timbrel/nn.h"

#define TB_MAX_HEADER ((size_t)1 << 20)

size_t tbi_dtype_bytes(TbDtype dtype);
const char *tbi_dtype_name(TbDtype dtype);

#endif
