/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/: what the files of code that read and write safetensors share. */
#ifndef TIMBREL_NN_SAFETENSORS_H
#define TIMBREL_NN_SAFETENSORS_H

#include "timbrel/nn.h"

#define TB_MAX_HEADER ((size_t)1 << 20)

size_t tbi_dtype_bytes(TbDtype dtype);
const char *tbi_dtype_name(TbDtype dtype);

/* The key of the metadata after `key` (NULL: the first one), and its value; NULL after the last. OFF */
const char *tbi_tensor_file_next_metadata(const TbTensorFile *file, const char *key, const char **value);

#endif
