/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of nn/: one MLP forward and backward, and what the one leaves for the other. */
#ifndef TIMBREL_NN_TAPE_H
#define TIMBREL_NN_TAPE_H

#include "nn/linear.h"
#include "nn/mlp.h"

/* Cuts a block into pieces aligned to cache lines. Without a block it only counts. */
typedef struct {
    float *block;
    size_t used;
} TbArena;

float *tbi_arena_alloc(TbArena *arena, size_t n_floats);

/* Row widths are padded to whole vectors. */
typedef struct {
    const TbMlp *mlp;
    const float *params;                                 /* the slab; borrowed */
    TbLinear linear[TB_MAX_HIDDEN + 1];                  /* the weights, packed by the caller */
    float *normalised[TB_MAX_HIDDEN], *a[TB_MAX_HIDDEN]; /* [rows][width] */
    float *inverse_deviation[TB_MAX_HIDDEN];             /* [rows] */
} TbTape;

/* What the way back needs beside the tape: gradients on their way, in turns. */
typedef struct {
    float *flow[2]; /* [rows][widest] */
    size_t widest;  /* padded: threads must not meet there while in different layers */
} TbFlow;

/* Sets mlp and params, cuts the arrays for `rows`. *product_size grows to the scratch that products of `product_rows`
 * rows need, flow->widest to the widest layer. */
void tbi_tape_cut(TbTape *tape, const float *params, const TbMlp *mlp, TbMatmulBackend backend, size_t rows,
                  size_t product_rows, TbArena *arena, size_t *product_size, TbFlow *flow);

/* Rows first .. first + n - 1 of what lies on the tape; x and y are those of the first of them. scratch: product_size
 * floats. */
typedef struct {
    size_t first, n;
} TbShare;

/* The part of worker `index` when n things are shared out. */
static inline TbShare tb_share(size_t n, size_t n_workers, size_t index) {
    size_t first = n * index / n_workers;
    return (TbShare){first, n * (index + 1) / n_workers - first};
}

void tbi_tape_forward(const TbTape *tape, const float *x, TbShare rows, float *y, size_t ldy, float *scratch);

typedef enum {
    TB_BACKWARD_WEIGHTS, /* gradients of the weights */
    TB_BACKWARD_INPUT,   /* of the input; `gradients` is then scratch */
    TB_BACKWARD_BOTH,
} TbBackwardTarget;

/* dy -> dx (returned, in flow; NULL for TB_BACKWARD_WEIGHTS). gradients: a slab; they are added. */
const float *tbi_tape_backward(const TbTape *tape, const float *x, const float *dy, size_t lddy, TbShare rows,
                               float *gradients, TbBackwardTarget to, const TbFlow *flow, float *scratch);

#endif
