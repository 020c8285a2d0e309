/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and their files. */
#include "piece/model.h"

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

static void lay_out(void *made, const int *sizes) {
    TbPieceModel *model = made;
    memcpy(&model->sizes, sizes, sizeof model->sizes);
    const TbTokenModelConfig config = tbi_piece_config(&model->sizes, 0);
    tbi_token_model_init(&model->net, &config);
    model->params = tbi_arena_floats(&model->memory, model->net.parameters.n_params);
}

TbStatus tbi_piece_model_new(const PieceSizes *sizes, TbPieceModel **result) {
    void *model;
    TbStatus status = tbi_model_new(&tbi_piece_model_kind, (const int *)sizes, &model);
    *result = model;
    return status;
}

void tb_piece_model_free(TbPieceModel *model) {
    tbi_model_free(model);
}

/* ---- files ---- */

static size_t count_weights(const int *sizes) {
    const PieceSizes *s = (const PieceSizes *)sizes;
    TbTokenModel net;
    if (s->layers > TB_MAX_TRANSFORMER_LAYERS || s->heads * s->head_dim > TB_MODEL_LARGEST_SIZE)
        return 0;
    const TbTokenModelConfig config = tbi_piece_config(s, 0);
    tbi_token_model_init(&net, &config);
    return net.parameters.n_params;
}

static void contents(const void *model, TbModelContents *c) {
    const TbPieceModel *m = model;
    *c = (TbModelContents){.n_slabs = 1, .slab = {{&m->net.parameters, "", m->params}}};
    memcpy(c->sizes, &m->sizes, sizeof m->sizes);
}

const TbModelKind tbi_piece_model_kind = {
    .name = "piece",
    .version = "1",
    .what = "a model of pieces",
    .advice = "make one with \"timbrel train\"",
    .n_sizes = sizeof(PieceSizes) / sizeof(int),
    .count_weights = count_weights,
    .bytes = sizeof(TbPieceModel),
    .lay_out = lay_out,
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
