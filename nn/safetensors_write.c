/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/no_memory.h"
#include "nn/safetensors.h"

#include "base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Wide types first: then every tensor is aligned to its element size if the first one is. */
static const TbDtype order[] = {TB_I64, TB_F32, TB_F16, TB_U8};

static bool count_bytes(const TbTensorView *tensor, size_t *n_bytes) {
    if ((unsigned)tensor->dtype > TB_U8 || tensor->n_dims > 4)
        return false;
    *n_bytes = tbi_dtype_bytes(tensor->dtype);
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (__builtin_mul_overflow(*n_bytes, tensor->shape[i], n_bytes))
            return false;
    return *n_bytes <= SIZE_MAX / 4;
}

static TbStatus no_memory(void) {
    return tbi_no_memory("to write a tensor file");
}

static json_t *describe(const TbTensorView *tensor, size_t begin, size_t end) {
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]))) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", tbi_dtype_name(tensor->dtype), "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

/* Fills `header` and computes the size of the data. */
static TbStatus make_header(const TbTensorView *tensors, size_t n_tensors, const char *const *metadata, json_t *header,
                            size_t *n_data) {
    if (metadata && metadata[0]) {
        json_t *table = json_object();
        if (json_object_set_new(header, "__metadata__", table))
            return no_memory();
        for (size_t i = 0; metadata[i]; i += 2) {
            if (!metadata[i + 1] || json_object_get(table, metadata[i]) || !utf8_valid(metadata[i]) ||
                !utf8_valid(metadata[i + 1]))
                return tb_fail(TB_ERR_ARGUMENT, "The metadata of a tensor file must be pairs of UTF-8 texts.");
            if (json_object_set_new(table, metadata[i], json_string(metadata[i + 1])))
                return no_memory();
        }
    }
    for (size_t d = 0; d < sizeof order / sizeof *order; d++)
        for (size_t i = 0; i < n_tensors; i++) {
            const TbTensorView *tensor = &tensors[i];
            size_t n_bytes;
            if (!count_bytes(tensor, &n_bytes) || !memchr(tensor->name, 0, sizeof tensor->name) || !*tensor->name)
                return tb_fail(TB_ERR_ARGUMENT, "Tensor %zu cannot be written: its type, shape or name is wrong.", i);
            if (tensor->dtype != order[d])
                continue;
            if (json_object_get(header, tensor->name) || strcmp(tensor->name, "__metadata__") == 0 ||
                !utf8_valid(tensor->name))
                return tb_fail(TB_ERR_ARGUMENT, "Two tensors are called \"%s\", or that is not a valid name.",
                               tensor->name);
            if (json_object_set_new(header, tensor->name, describe(tensor, *n_data, *n_data + n_bytes)))
                return no_memory();
            *n_data += n_bytes;
            if (*n_data > SIZE_MAX / 4)
                return tb_fail(TB_ERR_ARGUMENT, "The tensors are too large for one file.");
        }
    return TB_OK;
}

TbStatus tb_tensor_file_serialize(const TbTensorView *tensors, size_t n_tensors, const char *const *metadata,
                                  void **data, size_t *n_bytes) {
    *data = NULL;
    *n_bytes = 0;
    size_t n_data = 0;
    json_t *header = json_object();
    TbStatus status = !header ? no_memory() : make_header(tensors, n_tensors, metadata, header, &n_data);
    if (status != TB_OK) {
        json_decref(header);
        return status;
    }
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    if (!text)
        return no_memory();
    size_t n_text = strlen(text), n_header = (n_text + 7) / 8 * 8;
    uint8_t *bytes = n_header <= TB_MAX_HEADER ? malloc(8 + n_header + n_data) : NULL;
    if (!bytes) {
        free(text);
        return n_header <= TB_MAX_HEADER
                   ? no_memory()
                   : tb_fail(TB_ERR_ARGUMENT, "The header of a tensor file must not exceed 1 MB.");
    }
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)n_header >> (8 * i));
    memcpy(bytes + 8, text, n_text);
    memset(bytes + 8 + n_text, ' ', n_header - n_text);
    free(text);
    uint8_t *at = bytes + 8 + n_header;
    for (size_t d = 0; d < sizeof order / sizeof *order; d++)
        for (size_t i = 0; i < n_tensors; i++) {
            size_t size;
            if (tensors[i].dtype != order[d] || !count_bytes(&tensors[i], &size) || !size)
                continue;
            memcpy(at, tensors[i].data, size); /* the host and the file are little-endian */
            at += size;
        }
    *data = bytes;
    *n_bytes = 8 + n_header + n_data;
    return TB_OK;
}
