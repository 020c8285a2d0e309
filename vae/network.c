/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the tensor table, which alone defines the offset, name and initialisation of each weight. */
#include "vae/network.h"
#include "base/no_memory.h"
#include "vae/training.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool in_range(int x, int low, int high) {
    return low <= x && x <= high;
}

TbStatus tb_vae_new_zero(const TbVaeConfig *config, TbVae **result) {
    *result = NULL;
    const TbVaeConfig *c = config;
    const int most = 65536;
    if (!in_range(c->input_dim, 1, most) || !in_range(c->condition_dim, 0, most) || !in_range(c->latent_dim, 1, most) ||
        !in_range(c->output_dim, 1, most) || !in_range(c->encoder_width, 1, most) ||
        !in_range(c->decoder_width, 1, most) || !in_range(c->encoder_layers, 1, TB_MAX_HIDDEN) ||
        !in_range(c->decoder_layers, 1, TB_MAX_HIDDEN))
        return tb_fail(TB_ERR_ARGUMENT, "The network's sizes must be 1 to %d, and its layers 1 to %d.", most,
                       TB_MAX_HIDDEN);
    TbVae *vae = calloc(1, sizeof *vae);
    if (!vae)
        return tbi_no_memory("for a network");
    vae->config = *config;
    tbi_mlp_add(&vae->parameters, &vae->encoder, "encoder", c->input_dim, c->encoder_width, c->encoder_layers,
                2 * c->latent_dim);
    tbi_mlp_add(&vae->parameters, &vae->decoder, "decoder", c->latent_dim + c->condition_dim, c->decoder_width,
                c->decoder_layers, c->output_dim);
    vae->params = tbi_arena_floats(&vae->memory, vae->parameters.n_params);
    if (!vae->params) {
        size_t n_params = vae->parameters.n_params;
        free(vae);
        return tbi_no_memory("for a network of %zu weights", n_params);
    }
    *result = vae;
    return TB_OK;
}

TbStatus tb_vae_new(const TbVaeConfig *config, uint64_t seed, TbVae **result) {
    TbStatus status = tb_vae_new_zero(config, result);
    if (status == TB_OK) {
        TbRng rng;
        tb_rng_seed(&rng, seed);
        tbi_mlp_initialise(&(*result)->encoder, (*result)->params, &rng);
        tbi_mlp_initialise(&(*result)->decoder, (*result)->params, &rng);
    }
    return status;
}

TbStatus tb_vae_clone(const TbVae *vae, TbVae **result) {
    *result = NULL;
    TbVae *copy = malloc(sizeof *copy);
    if (copy) {
        *copy = *vae;
        copy->memory = (TbArena){0};
        copy->params = tbi_arena_floats(&copy->memory, vae->parameters.n_params);
    }
    if (!copy || !copy->params) {
        free(copy);
        return tbi_no_memory("to copy a network of %zu weights", vae->parameters.n_params);
    }
    memcpy(copy->params, vae->params, vae->parameters.n_params * sizeof(float));
    *result = copy;
    return TB_OK;
}

void tb_vae_free(TbVae *vae) {
    tbi_arena_free_owner(vae);
}

const TbVaeConfig *tb_vae_config(const TbVae *vae) {
    return &vae->config;
}
size_t tb_vae_n_params(const TbVae *vae) {
    return vae->parameters.n_params;
}
const TbParameters *tbi_vae_parameters(const TbVae *vae) {
    return &vae->parameters;
}
float *tb_vae_params(TbVae *vae) {
    return vae->params;
}
size_t tb_vae_n_tensors(const TbVae *vae) {
    return vae->parameters.n_tensors;
}

const TbTensor *tb_vae_tensor(const TbVae *vae, size_t i) {
    assert(i < vae->parameters.n_tensors);
    return &vae->parameters.tensors[i];
}
