/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/mlp.h"

#include <math.h>

void tbi_mlp_add(TbParameters *p, TbMlp *mlp, const char *name, int in, int width, int n_hidden, int out) {
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
void tbi_mlp_initialise(const TbMlp *mlp, float *params, TbRng *rng) {
    for (int i = 0; i < mlp->n_layers; i++) {
        const TbLayer *layer = &mlp->layers[i];
        float deviation = sqrtf((layer->hidden ? 2.0f / 1.01f : 1.0f / 3.0f) / (float)layer->in);
        float *weight = params + layer->weight;
        for (size_t k = 0; k < (size_t)layer->in * (size_t)layer->out; k++)
            weight[k] = deviation * tb_rng_normal(rng);
        for (int k = 0; layer->hidden && k < layer->out; k++)
            params[layer->scale + (size_t)k] = 1.0f;
    }
}
