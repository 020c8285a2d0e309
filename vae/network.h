/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of vae/: how the slab of weights is laid out. */
#ifndef TIMBREL_VAE_NETWORK_H
#define TIMBREL_VAE_NETWORK_H

#include "nn/mlp.h"
#include "timbrel/vae.h"

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

#endif
