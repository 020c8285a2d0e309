/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: layout of a multilayer perceptron's weights in the parameter slab. */
#ifndef TIMBREL_NN_MLP_H
#define TIMBREL_NN_MLP_H

#include "timbrel/nn.h"

enum { TB_MAX_HIDDEN = 8 };

/* One linear layer, followed by LayerNorm and LeakyReLU unless it is the last layer. Offsets into the slab. */
typedef struct {
    int in, out;
    bool hidden;
    size_t weight;       /* [out][in] */
    size_t bias;         /* [out] */
    size_t scale, shift; /* [out]: LayerNorm's gamma and beta; only when hidden */
} TbLayer;

typedef struct {
    int n_layers; /* hidden layers and the last one */
    TbLayer layers[TB_MAX_HIDDEN + 1];
} TbMlp;

/* Row widths in scratch are padded to whole vectors. */
static inline size_t tb_padded(int columns) {
    return ((size_t)columns + 15) / 16 * 16;
}
#endif
