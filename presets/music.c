/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks of music that are built in, and what they and those of other files learned from. */
#include "nn/model_file.h"
#include "presets/embedded.h"
#include "timbrel/presets.h"

#include <stdlib.h>

static const char FORMAT[] = "timbrel music", TENSOR[] = "copies", LEARNED[] = "learned";

const void *tb_music_data(size_t *n_bytes) {
    const Embedded *e = &tbi_embedded_music[0];
    *n_bytes = e->name ? (size_t)(e->end - e->data) : 0;
    return e->data;
}

TbStatus tb_music_copies(TbCopyIndex **index) {
    const Embedded *e = &tbi_embedded_copies[0];
    TbStatus status = tb_copy_index_new(index);
    if (status == TB_OK && e->name)
        status = tb_copy_index_parse(*index, e->data, (size_t)(e->end - e->data));
    if (status) {
        tb_copy_index_free(*index);
        *index = NULL;
    }
    return status;
}

TbStatus tb_music_copies_print(const TbCopyIndex *index, const char *learned, void **data, size_t *n_bytes) {
    void *copies;
    size_t n;
    TbStatus status = tb_copy_index_print(index, &copies, &n);
    if (status)
        return status;
    const TbTensorView view = {.name = "copies", .dtype = TB_U8, .n_dims = 1, .shape = {n}, .data = copies};
    const char *metadata[] = {"format", FORMAT, LEARNED, learned, NULL};
    status = tb_tensor_file_serialize(&view, 1, metadata, data, n_bytes);
    free(copies);
    return status;
}

TbStatus tb_music_copies_parse(TbCopyIndex *index, const void *data, size_t n_bytes) {
    TbTensorFile *file;
    TbStatus status = tbi_models_open(data, n_bytes, &file);
    if (status)
        return status;
    const TbTensorView *view = tb_tensor_file_find(file, TENSOR);
    if (view && (view->dtype != TB_U8 || view->n_dims != 1))
        status = tb_fail(TB_ERR_FORMAT, "This file of music to compare with is damaged; get a fresh copy of it.");
    else if (view)
        status = tb_copy_index_parse(index, view->data, view->shape[0]);
    tb_tensor_file_free(file);
    return status;
}
