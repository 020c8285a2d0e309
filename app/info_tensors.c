/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/info_kinds.h"
#include "timbrel/vae.h"

#include <string.h>

/* 8 bytes of header length, followed by a JSON object. */
static bool recognises(const unsigned char *head, size_t n) {
    return n > 8 && head[8] == '{' && head[6] == 0 && head[7] == 0;
}

static TbStatus describe_any(const TbTensorFile *file, Info *info) {
    double n_values = 0;
    for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
        const TbTensorView *tensor = tb_tensor_file_at(file, i);
        double n = 1;
        for (size_t d = 0; d < tensor->n_dims; d++)
            n *= (double)tensor->shape[d];
        n_values += n;
    }
    const char *format = tb_tensor_file_metadata(file, "format");
    info_text(info, "kind",
              format && strncmp(format, "timbrel checkpoint", 18) == 0 ? "checkpoint of a training run"
                                                                       : "safetensors file");
    info_number(info, "tensors", (double)tb_tensor_file_count(file), "");
    info_number(info, "values", n_values, "");
    return TB_OK;
}

static TbStatus describe(const char *path, Info *info) {
    TbTensorFile *file;
    TbStatus status = tb_tensor_file_read(path, &file);
    if (status)
        return status;
    const char *format = tb_tensor_file_metadata(file, "format");
    const bool music = format && strcmp(format, "timbrel music") == 0;
    bool model = format && strcmp(format, "timbrel model") == 0, sound = format && strcmp(format, "timbrel sound") == 0;
    status = model || sound ? TB_OK : music ? describe_music(file, info) : describe_any(file, info);
    tb_tensor_file_free(file);
    return model ? describe_model(path, info) : sound ? describe_encoded(path, info) : status;
}

const Describer describe_tensors = {recognises, describe};
