/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads safetensors (https://github.com/huggingface/safetensors, "Format"): 8 bytes header length, JSON, data. The
 * file is untrusted: every statement in its header is checked before use. */
#include "nn/safetensors.h"
#include "base/no_memory.h"

#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct TbTensorFile {
    void *data; /* the whole file, owned */
    TbTensorView *tensors;
    size_t n_tensors;
    json_t *metadata; /* object of strings, or NULL */
};

static const struct {
    const char *name;
    size_t n_bytes;
} dtypes[] = {[TB_F32] = {"F32", 4}, [TB_F16] = {"F16", 2}, [TB_I64] = {"I64", 8}, [TB_U8] = {"U8", 1}};

size_t tbi_dtype_bytes(TbDtype dtype) {
    return dtypes[dtype].n_bytes;
}
const char *tbi_dtype_name(TbDtype dtype) {
    return dtypes[dtype].name;
}

static TbStatus bad(const char *what) {
    return tb_fail(TB_ERR_FORMAT, "This file is damaged: %s; get a fresh copy of it.", what);
}

static TbStatus parse_dtype(const json_t *json, TbDtype *dtype) {
    static const char *const foreign[] = {"BOOL", "I8",  "F8_E5M2", "F8_E4M3", "I16", "U16",
                                          "BF16", "I32", "U32",     "F64",     "U64"};
    const char *name = json_string_value(json);
    if (!name)
        return bad("a tensor without a type");
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(name, dtypes[i].name) == 0) {
            *dtype = (TbDtype)i;
            return TB_OK;
        }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (strcmp(name, foreign[i]) == 0)
            return tb_fail(TB_ERR_UNSUPPORTED,
                           "This file has tensors of type %s, which are not supported; save them as F32 or F16.", name);
    return bad("a tensor of unknown type");
}

/* A count from JSON: a non-negative integer. */
static bool parse_size(const json_t *json, size_t *size) {
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return false;
    *size = (size_t)json_integer_value(json);
    return true;
}

static TbStatus parse_shape(const json_t *json, TbTensorView *tensor, size_t *n_bytes) {
    if (!json_is_array(json))
        return bad("a tensor without a shape");
    tensor->n_dims = json_array_size(json);
    if (tensor->n_dims > sizeof tensor->shape / sizeof *tensor->shape)
        return tb_fail(TB_ERR_UNSUPPORTED, "This file has a tensor of %zu dimensions; at most 4 are supported.",
                       tensor->n_dims);
    *n_bytes = tbi_dtype_bytes(tensor->dtype);
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (!parse_size(json_array_get(json, i), &tensor->shape[i]) ||
            __builtin_mul_overflow(*n_bytes, tensor->shape[i], n_bytes))
            return bad("a tensor of impossible shape");
    return TB_OK;
}

static TbStatus parse_tensor(const char *name, const json_t *json, const uint8_t *data, size_t n_data,
                             TbTensorView *tensor) {
    if (!json_is_object(json) || json_object_size(json) != 3)
        return bad("a tensor must have dtype, shape and data_offsets, and nothing else");
    if (!*name)
        return bad("a tensor without a name");
    if (strlen(name) >= sizeof tensor->name)
        return tb_fail(TB_ERR_UNSUPPORTED, "This file has a tensor with a name longer than %zu bytes.",
                       sizeof tensor->name - 1);
    strcpy(tensor->name, name);
    TbStatus status = parse_dtype(json_object_get(json, "dtype"), &tensor->dtype);
    if (status != TB_OK)
        return status;
    size_t n_bytes = 0, begin, end;
    status = parse_shape(json_object_get(json, "shape"), tensor, &n_bytes);
    if (status != TB_OK)
        return status;
    const json_t *offsets = json_object_get(json, "data_offsets");
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 || !parse_size(json_array_get(offsets, 0), &begin) ||
        !parse_size(json_array_get(offsets, 1), &end))
        return bad("a tensor without valid offsets");
    if (begin > end || end > n_data)
        return bad("a tensor extends beyond the end of the file");
    if (end - begin != n_bytes)
        return bad("a tensor's size does not match its shape");
    tensor->data = data + begin;
    return TB_OK;
}

static size_t view_bytes(const TbTensorView *tensor) {
    size_t n_bytes = tbi_dtype_bytes(tensor->dtype);
    for (size_t i = 0; i < tensor->n_dims; i++)
        n_bytes *= tensor->shape[i];
    return n_bytes;
}

static int by_offset(const void *a, const void *b) {
    const TbTensorView *x = *(const TbTensorView *const *)a, *y = *(const TbTensorView *const *)b;
    if (x->data != y->data)
        return (const uint8_t *)x->data < (const uint8_t *)y->data ? -1 : 1;
    size_t nx = view_bytes(x), ny = view_bytes(y); /* empty ones first */
    return (nx > ny) - (nx < ny);
}

/* Tensors must fill the data without gaps or overlaps. */
static TbStatus check_offsets(const TbTensorFile *file, const uint8_t *data, size_t n_data) {
    const TbTensorView **order = malloc((file->n_tensors + 1) * sizeof *order);
    if (!order)
        return tbi_no_memory("to read a tensor file");
    for (size_t i = 0; i < file->n_tensors; i++)
        order[i] = &file->tensors[i];
    qsort(order, file->n_tensors, sizeof *order, by_offset);
    size_t at = 0;
    bool sound = true;
    for (size_t i = 0; sound && i < file->n_tensors; i++) {
        sound = order[i]->data == data + at;
        at += view_bytes(order[i]);
    }
    free(order);
    return sound && at == n_data ? TB_OK : bad("its tensors overlap or leave gaps");
}

static TbStatus parse_metadata(json_t *json, TbTensorFile *file) {
    if (!json_is_object(json))
        return bad("its metadata is not an object");
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value) if (!json_is_string(value)) return bad("its metadata is not all strings");
    file->metadata = json_incref(json);
    return TB_OK;
}

static TbStatus parse_header(json_t *header, const uint8_t *data, size_t n_data, TbTensorFile *file) {
    if (!json_is_object(header))
        return bad("its header is not an object");
    file->tensors = calloc(json_object_size(header) + 1, sizeof *file->tensors);
    if (!file->tensors)
        return tbi_no_memory("to read a tensor file");
    const char *name;
    json_t *json;
    json_object_foreach(header, name, json) {
        TbStatus status = strcmp(name, "__metadata__") == 0
                              ? parse_metadata(json, file)
                              : parse_tensor(name, json, data, n_data, &file->tensors[file->n_tensors++]);
        if (status != TB_OK)
            return status;
    }
    return check_offsets(file, data, n_data);
}

TbStatus tb_tensor_file_parse(void *data, size_t n_bytes, TbTensorFile **result) {
    *result = NULL;
    TbTensorFile *file = calloc(1, sizeof *file);
    if (!file) {
        free(data);
        return tbi_no_memory("to read a tensor file");
    }
    file->data = data;
    const uint8_t *bytes = data;
    uint64_t n_header = 0;
    for (size_t i = 0; n_bytes >= 8 && i < 8; i++)
        n_header |= (uint64_t)bytes[i] << (8 * i);
    TbStatus status;
    if (n_bytes < 8 || n_header > n_bytes - 8)
        status = bad("it is truncated");
    else if (n_header > TB_MAX_HEADER)
        status = bad("its header is longer than 1 MB");
    else if (n_header < 2 || bytes[8] != '{') /* the specification allows no white space before it */
        status = bad("it has no header");
    else {
        json_t *header;
        json_error_t error;
        status = json_read((const char *)bytes + 8, (size_t)n_header, &header, &error);
        if (status == TB_OK)
            status = parse_header(header, bytes + 8 + n_header, n_bytes - 8 - (size_t)n_header, file);
        else if (status == TB_ERR_FORMAT)
            status = bad("its header is not valid JSON");
        json_decref(header);
    }
    if (status != TB_OK) {
        tb_tensor_file_free(file);
        return status;
    }
    *result = file;
    return TB_OK;
}

TbStatus tb_tensor_file_parse_as(void *data, size_t n_bytes, const char *format, const char *what, const char *advice,
                                 TbTensorFile **file) {
    const uint8_t *bytes = data;
    *file = NULL;
    if (n_bytes < 9 || bytes[6] || bytes[7] || bytes[8] != '{') { /* no safetensors file has a header of 2^48 bytes */
        TbStatus status = tb_fail_not(what, advice, data, n_bytes);
        free(data);
        return status;
    }
    TbStatus status = tb_tensor_file_parse(data, n_bytes, file);
    const char *found = status == TB_OK ? tb_tensor_file_metadata(*file, "format") : format;
    if (!found || strcmp(found, format) != 0) {
        status = tb_fail_not(what, advice, data, n_bytes);
        tb_tensor_file_free(*file);
        *file = NULL;
    }
    return status;
}

TbStatus tb_tensor_file_read(const char *path, TbTensorFile **file) {
    void *data;
    size_t n_bytes;
    *file = NULL;
    TbStatus status = tb_read_file(path, TB_MAX_TENSOR_FILE, &data, &n_bytes);
    return status == TB_OK ? tb_fail_in(tb_tensor_file_parse(data, n_bytes, file), path) : status;
}

void tb_tensor_file_free(TbTensorFile *file) {
    if (!file)
        return;
    json_decref(file->metadata);
    free(file->tensors);
    free(file->data);
    free(file);
}

size_t tb_tensor_file_count(const TbTensorFile *file) {
    return file->n_tensors;
}

const TbTensorView *tb_tensor_file_at(const TbTensorFile *file, size_t i) {
    return i < file->n_tensors ? &file->tensors[i] : NULL;
}

const TbTensorView *tb_tensor_file_find(const TbTensorFile *file, const char *name) {
    for (size_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *tb_tensor_file_metadata(const TbTensorFile *file, const char *key) {
    return json_string_value(json_object_get(file->metadata, key));
}

const char *tbi_tensor_file_next_metadata(const TbTensorFile *file, const char *key, const char **value) {
    void *at =
        key ? json_object_iter_next(file->metadata, json_object_key_to_iter(key)) : json_object_iter(file->metadata);
    *value = json_string_value(json_object_iter_value(at));
    return json_object_iter_key(at);
}

TbStatus tb_tensor_file_floats(const TbTensorFile *file, const char *name, float *out, size_t n) {
    const TbTensorView *tensor = tb_tensor_file_find(file, name);
    if (!tensor)
        return tb_fail(TB_ERR_FORMAT, "This file has no tensor \"%s\"; it belongs to another kind of model.", name);
    if (tensor->dtype != TB_F32 && tensor->dtype != TB_F16)
        return tb_fail(TB_ERR_FORMAT, "This file has a tensor \"%s\" of type %s; F32 or F16 is needed.", name,
                       tbi_dtype_name(tensor->dtype));
    if (view_bytes(tensor) / tbi_dtype_bytes(tensor->dtype) != n)
        return tb_fail(TB_ERR_FORMAT, "This file has a tensor \"%s\" with %zu elements; %zu are needed.", name,
                       view_bytes(tensor) / tbi_dtype_bytes(tensor->dtype), n);
    const uint8_t *bytes = tensor->data;
    for (size_t i = 0; i < n; i++) {
        if (tensor->dtype == TB_F32) {
            uint32_t bits = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 |
                            (uint32_t)bytes[4 * i + 2] << 16 | (uint32_t)bytes[4 * i + 3] << 24;
            memcpy(&out[i], &bits, sizeof bits);
        } else
            out[i] = tb_half_to_float((uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8));
        if (!isfinite(out[i]))
            return tb_fail(TB_ERR_FORMAT,
                           "The tensor file is damaged: number %zu of tensor \"%s\" is not finite (NaN or infinity); "
                           "get a fresh copy of it.",
                           i + 1, name);
    }
    return TB_OK;
}
