/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: the members of TbPieceModel. */
#ifndef TIMBREL_PIECE_MODEL_H
#define TIMBREL_PIECE_MODEL_H

#include "piece/model_kind.h"
#include "piece/tokens.h"

typedef struct {
    int layers, heads, head_dim; /* the width is heads * head_dim */
    int hidden;                  /* of the feed-forward networks */
    int head_width;              /* of the heads' hidden layers */
    int steps, bars, ahead;      /* distances with keys of their own */
} PieceSizes;

static const PieceSizes piece_default_sizes = {
    .layers = 3, .heads = 5, .head_dim = 32, .hidden = 512, .head_width = 96, .steps = 48, .bars = 20, .ahead = 8};

struct TbPieceModel {
    TbArena memory; /* first: tbi_arena_free_owner */
    PieceSizes sizes;
    TbTokenModel net;
    float *params; /* slab of net.parameters */
};

/* With weights of 0. OFF */
TB_NODISCARD TbStatus tbi_piece_model_new(const PieceSizes *sizes, TbPieceModel **model);
/* The network of these sizes, to be trained with this rate of dropout. */
TbTokenModelConfig tbi_piece_config(const PieceSizes *sizes, double dropout);

#endif
