/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: layout of a multilayer perceptron's weights in the parameter slab. */
#ifndef TIMBREL_NN_MLP_H
#define TIMBREL_NN_MLP_H

#include "nn/parameters.h"

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

/* Appends the tensors of n_hidden hidden layers of `width` and a last one, NAME.0.weight and so on. OFF. */
void tbi_mlp_add(TbParameters *p, TbMlp *mlp, const char *name, int in, int width, int n_hidden, int out);
/* Sets weights and norms of a slab of zeros. OFF. */
void tbi_mlp_initialise(const TbMlp *mlp, float *params, TbRng *rng);

/* Row widths in scratch are padded to whole vectors. */
static inline size_t tb_padded(int columns) {
    return ((size_t)columns + 15) / 16 * 16;
}
#endif
