/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and encoded sounds: objects that are read from safetensors files of a certain format. */
#ifndef TIMBREL_SOUND_TENSOR_OBJECT_H
#define TIMBREL_SOUND_TENSOR_OBJECT_H

#include "timbrel/nn.h"

typedef struct {
    const char *format, *what, *advice; /* see tb_tensor_file_parse_as */
    TbStatus (*build)(const TbTensorFile *file, void *object);
} TensorObject;

/* Builds the object from a file, or from data[n_bytes], which is borrowed. OFF. */
TB_NODISCARD TbStatus tbi_tensor_object_read(const TensorObject *kind, const char *path, void *object);
TB_NODISCARD TbStatus tbi_tensor_object_parse(const TensorObject *kind, const void *data, size_t n_bytes, void *object);

#endif
