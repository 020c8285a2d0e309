/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the tensor table, which alone defines the offset, name and initialisation of each weight. */
#include "vae/network.h"
#include "base/no_memory.h"
#include "vae/training.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void lay_out(TbParameters *p, TbMlp *mlp, const char *name, int in, int width, int n_hidden, int out) {
    mlp->n_layers = n_hidden + 1;
    for (int i = 0; i < mlp->n_layers; i++) {
        TbLayer *layer = &mlp->layers[i];
        layer->hidden = i < n_hidden;
        layer->in = i == 0 ? in : width;
        layer->out = layer->hidden ? width : out;
        size_t n = (size_t)layer->out;
        layer->weight = tbi_parameters_add(p, n, (size_t)layer->in, true, "%s.%d.weight", name, i);
        layer->bias = tbi_parameters_add(p, 1, n, false, "%s.%d.bias", name, i);
        if (layer->hidden) {
            layer->scale = tbi_parameters_add(p, 1, n, false, "%s.%d.norm.weight", name, i);
            layer->shift = tbi_parameters_add(p, 1, n, false, "%s.%d.norm.bias", name, i);
        }
    }
}

/* Hidden layers: He et al. 2015, variance 2 / (fan in) (1 + slope^2). The last layers start at a sixth of that
 * variance, so that z and y start near zero and the first steps are not spent on shrinking them. */
static void initialise(TbVae *vae, const TbMlp *mlp, TbRng *rng) {
    for (int i = 0; i < mlp->n_layers; i++) {
        const TbLayer *layer = &mlp->layers[i];
        float deviation = sqrtf((layer->hidden ? 2.0f / 1.01f : 1.0f / 3.0f) / (float)layer->in);
        float *weight = vae->params + layer->weight;
        for (size_t k = 0; k < (size_t)layer->in * (size_t)layer->out; k++)
            weight[k] = deviation * tb_rng_normal(rng);
        for (int k = 0; layer->hidden && k < layer->out; k++)
            vae->params[layer->scale + (size_t)k] = 1.0f;
    }
}

static bool in_range(int x, int low, int high) {
    return low <= x && x <= high;
}

TbStatus tb_vae_new(const TbVaeConfig *config, uint64_t seed, TbVae **result) {
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
    lay_out(&vae->parameters, &vae->encoder, "encoder", c->input_dim, c->encoder_width, c->encoder_layers,
            2 * c->latent_dim);
    lay_out(&vae->parameters, &vae->decoder, "decoder", c->latent_dim + c->condition_dim, c->decoder_width,
            c->decoder_layers, c->output_dim);
    vae->params = tbi_floats_new(vae->parameters.n_params);
    if (!vae->params) {
        size_t n_params = vae->parameters.n_params;
        free(vae);
        return tbi_no_memory("for a network of %zu weights", n_params);
    }
    memset(vae->params, 0, vae->parameters.n_params * sizeof(float));
    TbRng rng;
    tb_rng_seed(&rng, seed);
    initialise(vae, &vae->encoder, &rng);
    initialise(vae, &vae->decoder, &rng);
    *result = vae;
    return TB_OK;
}

TbStatus tb_vae_clone(const TbVae *vae, TbVae **result) {
    *result = NULL;
    TbVae *copy = malloc(sizeof *copy);
    float *params = tbi_floats_new(vae->parameters.n_params);
    if (!copy || !params) {
        free(copy);
        free(params);
        return tbi_no_memory("to copy a network of %zu weights", vae->parameters.n_params);
    }
    *copy = *vae;
    copy->params = params;
    memcpy(params, vae->params, vae->parameters.n_params * sizeof(float));
    *result = copy;
    return TB_OK;
}

void tb_vae_free(TbVae *vae) {
    if (!vae)
        return;
    free(vae->params);
    free(vae);
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
