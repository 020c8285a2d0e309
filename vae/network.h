/* Inside of vae/: how the slab of weights is laid out.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_VAE_NETWORK_H
#define TIMBREL_VAE_NETWORK_H

#include "timbrel/vae.h"

enum { TB_MAX_HIDDEN = 8 };

/* One linear layer, followed by LayerNorm and LeakyReLU unless it is an MLP's last. Offsets into the slab. */
typedef struct {
    int in, out;
    bool hidden;
    size_t weight;       /* [out][in] */
    size_t bias;         /* [out] */
    size_t scale, shift; /* [out]: LayerNorm's gamma and beta; only when hidden */
} TbLayer;

typedef struct {
    int n_layers; /* hidden ones and the last */
    TbLayer layers[TB_MAX_HIDDEN + 1];
} TbMlp;

struct TbVae {
    TbVaeConfig config;
    TbMlp encoder; /* input_dim -> 2 latent_dim: mu, logvar */
    TbMlp decoder; /* latent_dim + condition_dim -> output_dim */
    size_t n_params, n_tensors;
    TbTensor tensors[2 * (4 * TB_MAX_HIDDEN + 2)];
    float *params;
};

/* logvar is held in this range, with no gradient outside. */
#define TB_LOGVAR_MIN (-8.0f)
#define TB_LOGVAR_MAX 4.0f

/* Scratch is aligned to cache lines; n_floats may be 0. NULL when out of memory; freed with free(). */
float *tb_alloc_floats(size_t n_floats);

/* Rows of scratch are padded to whole vectors. */
static inline size_t tb_padded(int columns) {
    return ((size_t)columns + 15) / 16 * 16;
}

#endif
