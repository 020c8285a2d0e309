/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a safetensors file or refused; a file that is accepted can be read completely. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/vae.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    void *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    TbTensorFile *file;
    if (tb_tensor_file_parse(copy, size, &file) != TB_OK) {
        if (file)
            abort();
        return 0;
    }
    float sum = 0;
    for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
        const TbTensorView *tensor = tb_tensor_file_at(file, i);
        size_t n = 1;
        for (size_t d = 0; d < tensor->n_dims; d++)
            n *= tensor->shape[d];
        if (tb_tensor_file_find(file, tensor->name) != tensor)
            abort();
        float *out = malloc(n * sizeof *out + 1);
        TbStatus status = out ? tb_tensor_file_floats(file, tensor->name, out, n) : TB_ERR_NO_MEMORY;
        if (status == TB_OK && (tensor->dtype == TB_F32 || tensor->dtype == TB_F16))
            for (size_t k = 0; k < n; k++)
                sum += out[k];
        else if (status == TB_OK)
            abort();
        free(out);
    }
    volatile float used = sum;
    (void)used;
    tb_tensor_file_metadata(file, "format");
    tb_tensor_file_free(file);
    return 0;
}
