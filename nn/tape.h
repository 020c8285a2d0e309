/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: one MLP forward and backward, with the activations that the backward pass needs. */
#ifndef TIMBREL_NN_TAPE_H
#define TIMBREL_NN_TAPE_H

#include "base/arena.h"
#include "nn/linear.h"
#include "nn/mlp.h"

/* The MLP and the activations of its forward pass. Row widths are padded to whole vectors. */
typedef struct {
    const TbMlp *mlp;
    const float *params;                                 /* the slab; borrowed */
    TbLinear linear[TB_MAX_HIDDEN + 1];                  /* the weights, packed by the caller */
    float *normalised[TB_MAX_HIDDEN], *a[TB_MAX_HIDDEN]; /* [rows][width] */
    float *inverse_deviation[TB_MAX_HIDDEN];             /* [rows] */
} TbTape;

/* Buffers of the backward pass: activation gradients, alternating between two. */
typedef struct {
    float *flow[2]; /* [rows][widest] */
    size_t widest;  /* padded; the row stride for all layers, so that threads in different layers never share rows */
} TbFlow;

/* Sets mlp and params, allocates the arrays for `rows`. *product_size grows to the scratch that products of
 * `product_rows` rows need, flow->widest to the widest layer. */
void tbi_tape_init(TbTape *tape, const float *params, const TbMlp *mlp, TbMatmulBackend backend, size_t rows,
                   size_t product_rows, TbArena *arena, size_t *product_size, TbFlow *flow);

/* Rows first .. first + n - 1 of the tape; x and y point to the first of them. scratch: product_size floats. */
typedef struct {
    size_t first, n;
} TbShare;

/* The range of n items that worker `index` processes. */
static inline TbShare tb_share(size_t n, size_t n_workers, size_t index) {
    size_t first = n * index / n_workers;
    return (TbShare){first, n * (index + 1) / n_workers - first};
}

void tbi_tape_forward(const TbTape *tape, const float *x, TbShare rows, float *y, size_t ldy, float *scratch);

typedef enum {
    TB_BACKWARD_WEIGHTS, /* gradients of the weights */
    TB_BACKWARD_INPUT,   /* of the input; `gradients` is then only scratch */
    TB_BACKWARD_BOTH,
} TbBackwardTarget;

/* dy -> dx (returned, in flow; NULL for TB_BACKWARD_WEIGHTS). Adds to `gradients`, a slab. */
const float *tbi_tape_backward(const TbTape *tape, const float *x, const float *dy, size_t lddy, TbShare rows,
                               float *gradients, TbBackwardTarget to, const TbFlow *flow, float *scratch);

#endif
