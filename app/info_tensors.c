/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/info.h"
#include "vae/vae.h"

/* 8 bytes of header length, then a JSON object. */
static bool recognises(const unsigned char *head, size_t n) {
    return n > 8 && head[8] == '{' && head[6] == 0 && head[7] == 0;
}

static TbStatus describe(const char *path, Info *info) {
    TbTensorFile *file;
    TbStatus status = tb_tensor_file_read(path, &file);
    if (status)
        return status;
    double n_values = 0;
    for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
        const TbTensorView *tensor = tb_tensor_file_at(file, i);
        double n = 1;
        for (size_t d = 0; d < tensor->n_dims; d++)
            n *= (double)tensor->shape[d];
        n_values += n;
    }
    info_text(info, "kind", "safetensors file");
    info_number(info, "tensors", (double)tb_tensor_file_count(file), "");
    info_number(info, "values", n_values, "");
    tb_tensor_file_free(file);
    return TB_OK;
}

const Describer describe_tensors = {recognises, describe};
