/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to vae/: layout of the parameter slab. */
#ifndef TIMBREL_VAE_NETWORK_H
#define TIMBREL_VAE_NETWORK_H

#include "base/arena.h"
#include "nn/mlp.h"
#include "nn/parameters.h"
#include "timbrel/vae.h"

struct TbVae {
    TbArena memory; /* first: tbi_arena_free_owner */
    TbVaeConfig config;
    TbMlp encoder; /* input_dim -> 2 latent_dim: mu, logvar */
    TbMlp decoder; /* latent_dim + condition_dim -> output_dim */
    TbParameters parameters;
    float *params;
};

/* logvar is clamped to this range; the gradient outside is zero. */
#define TB_LOGVAR_MIN (-8.0f)
#define TB_LOGVAR_MAX 4.0f

#endif
