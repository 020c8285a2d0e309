/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Describes a file of models of music. */
#include "app/info_kinds.h"
#include "timbrel/score.h"

#include <stdio.h>

/* The number of weights of a network: those tensors that are no facts. */
static double weights_of(const TbTensorFile *file, const char *name) {
    const size_t n_name = strlen(name);
    double sum = 0;
    for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
        const TbTensorView *tensor = tb_tensor_file_at(file, i);
        double n = 1;
        if (strncmp(tensor->name, name, n_name) != 0 || strncmp(tensor->name + n_name, ".facts.", 7) == 0)
            continue;
        for (size_t d = 0; d < tensor->n_dims; d++)
            n *= (double)tensor->shape[d];
        sum += tensor->name[n_name] == '.' ? n : 0;
    }
    return sum;
}

/* The pieces that it learned from, of which the copy meter knows. */
static TbStatus known_pieces(const TbTensorFile *file, Info *info) {
    const TbTensorView *copies = tb_tensor_file_find(file, "copies");
    TbCopyIndex *index;
    if (!copies || copies->dtype != TB_U8 || copies->n_dims != 1)
        return TB_OK;
    TbStatus status = tb_copy_index_new(&index);
    if (status)
        return status;
    status = tb_copy_index_parse(index, copies->data, copies->shape[0]);
    if (status == TB_OK)
        info_number(info, "pieces_known", (double)tb_copy_index_count(index), "");
    tb_copy_index_free(index);
    return status;
}

TbStatus describe_music(const TbTensorFile *file, Info *info) {
    static const char *const names[] = {"rhythm", "melody", "piece"};
    const char *learned = tb_tensor_file_metadata(file, "learned");
    info_text(info, "kind", "models of music");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const double n = weights_of(file, names[i]);
        if (n > 0)
            info_number(info, names[i], n, "weights");
    }
    if (learned)
        info_text(info, "learned_from", learned);
    return known_pieces(file, info);
}
