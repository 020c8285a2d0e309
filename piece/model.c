/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and their files. */
#include "piece/model.h"
#include "base/no_memory.h"

#include <stdlib.h>

/* ---- models ---- */

TbTokenModelConfig tbi_piece_config(const PieceSizes *s, double dropout) {
    TbTokenModelConfig config = {
        .transformer = {.n_layers = (size_t)s->layers,
                        .width = (size_t)(s->heads * s->head_dim),
                        .hidden = (size_t)s->hidden,
                        .attention = {.n_heads = (size_t)s->heads,
                                      .head_dim = (size_t)s->head_dim,
                                      .n_steps = (size_t)s->steps,
                                      .n_bars = (size_t)s->bars,
                                      .n_bars_ahead = (size_t)s->ahead,
                                      .relative = TB_RELATIVE_KEYS},
                        .dropout = (float)dropout},
        .n_fields = PIECE_FIELDS,
        .n_predicted = PIECE_PREDICTED,
        .head_width = (size_t)s->head_width,
    };
    memcpy(config.classes, tbi_piece_classes, sizeof tbi_piece_classes);
    return config;
}

TbStatus tbi_piece_model_new(const PieceSizes *sizes, TbPieceModel **result) {
    TbPieceModel *model = *result = calloc(1, sizeof *model);
    if (!model)
        return tbi_no_memory("for a model of pieces");
    model->sizes = *sizes;
    const TbTokenModelConfig config = tbi_piece_config(sizes, 0);
    tbi_token_model_init(&model->net, &config);
    model->params = tbi_arena_floats(&model->memory, model->net.parameters.n_params);
    if (model->memory.failed) {
        tb_piece_model_free(model);
        *result = NULL;
        return tbi_no_memory("for a model of pieces");
    }
    return TB_OK;
}

void tb_piece_model_free(TbPieceModel *model) {
    tbi_arena_free_owner(model);
}

/* ---- files ---- */

enum { SIZES = 8 };

static PieceSizes read_sizes(const int *s) {
    return (PieceSizes){s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]};
}

static size_t count_weights(const int *s) {
    const PieceSizes sizes = read_sizes(s);
    TbTokenModel net;
    if (sizes.layers > TB_MAX_TRANSFORMER_LAYERS || sizes.heads * sizes.head_dim > TB_MODEL_LARGEST_SIZE)
        return 0;
    const TbTokenModelConfig config = tbi_piece_config(&sizes, 0);
    tbi_token_model_init(&net, &config);
    return net.parameters.n_params;
}

static TbStatus make(const int *s, void **result) {
    const PieceSizes sizes = read_sizes(s);
    TbPieceModel *model;
    TbStatus status = tbi_piece_model_new(&sizes, &model);
    *result = model;
    return status;
}

static void free_model(void *model) {
    tb_piece_model_free(model);
}

static void contents(const void *model, TbModelContents *c) {
    const TbPieceModel *m = model;
    const PieceSizes *s = &m->sizes;
    *c = (TbModelContents){
        .sizes = {s->layers, s->heads, s->head_dim, s->hidden, s->head_width, s->steps, s->bars, s->ahead},
        .n_slabs = 1,
        .slab = {{&m->net.parameters, "", m->params}}};
}

const TbModelKind tbi_piece_model_kind = {
    .name = "piece",
    .version = "1",
    .what = "a model of pieces",
    .advice = "make one with \"timbrel train\"",
    .n_sizes = SIZES,
    .count_weights = count_weights,
    .make = make,
    .free = free_model,
    .contents = contents,
};

TbStatus tb_piece_model_print(const TbPieceModel *model, void **data, size_t *n_bytes) {
    return tbi_model_print(&tbi_piece_model_kind, model, data, n_bytes);
}

TbStatus tb_piece_model_write(const TbPieceModel *model, const char *path) {
    return tbi_model_write(&tbi_piece_model_kind, model, path);
}

TbStatus tb_piece_model_parse(const void *data, size_t n_bytes, TbPieceModel **model) {
    void *made;
    TbStatus status = tbi_model_parse(&tbi_piece_model_kind, data, n_bytes, &made);
    *model = made;
    return status;
}

TbStatus tb_piece_model_read(const char *path, TbPieceModel **model) {
    void *made;
    TbStatus status = tbi_model_read(&tbi_piece_model_kind, path, &made);
    *model = made;
    return status;
}
