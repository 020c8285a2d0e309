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

TB_MODEL_KIND(piece, Piece, "1", "a model of pieces")
