/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sound/tensor_object.h"
#include "base/no_memory.h"

#include <stdlib.h>
#include <string.h>

/* Takes ownership of `data`. */
static TbStatus build(const TensorObject *kind, void *data, size_t n_bytes, void *object) {
    TbTensorFile *file = NULL;
    TbStatus status = tb_tensor_file_parse_as(data, n_bytes, kind->format, kind->what, kind->advice, &file);
    if (status == TB_OK)
        status = kind->build(file, object);
    tb_tensor_file_free(file);
    return status;
}

TbStatus tbi_tensor_object_read(const TensorObject *kind, const char *path, void *object) {
    void *data;
    size_t n_bytes;
    TbStatus status = tb_read_file(path, TB_MAX_TENSOR_FILE, &data, &n_bytes);
    return status == TB_OK ? tb_fail_in(build(kind, data, n_bytes, object), path) : status;
}

TbStatus tbi_tensor_object_parse(const TensorObject *kind, const void *data, size_t n_bytes, void *object) {
    void *copy = malloc(n_bytes ? n_bytes : 1);
    if (!copy)
        return tbi_no_memory("to read %zu bytes", n_bytes);
    memcpy(copy, data, n_bytes);
    return build(kind, copy, n_bytes, object);
}
