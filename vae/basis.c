/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Change of basis of the latent space. */
#include "base/no_memory.h"
#include "vae/network.h"
#include "vae/training.h"

#include <stdlib.h>
#include <string.h>

/* rows[n][stride] := m rows, column by column; scratch: n floats. */
static void mix_rows(const float *m, size_t n, float *rows, size_t stride, size_t n_columns, float *scratch) {
    for (size_t c = 0; c < n_columns; c++) {
        for (size_t i = 0; i < n; i++) {
            scratch[i] = 0;
            for (size_t k = 0; k < n; k++)
                scratch[i] += m[i * n + k] * rows[k * stride + c];
        }
        for (size_t i = 0; i < n; i++)
            rows[i * stride + c] = scratch[i];
    }
}

TbStatus tbi_vae_change_basis(TbVae *vae, const float *to, const float *back) {
    const TbLayer *last = &vae->encoder.layers[vae->encoder.n_layers - 1], *first = &vae->decoder.layers[0];
    size_t n = (size_t)vae->config.latent_dim;
    float *scratch = malloc(n * sizeof *scratch);
    if (!scratch)
        return tbi_no_memory("for %zu latents", n);
    mix_rows(to, n, vae->params + last->weight, (size_t)last->in, (size_t)last->in, scratch);
    mix_rows(to, n, vae->params + last->bias, 1, 1, scratch);
    for (int row = 0; row < first->out; row++) {
        float *weight = vae->params + first->weight + (size_t)(row * first->in);
        for (size_t k = 0; k < n; k++) {
            scratch[k] = 0;
            for (size_t i = 0; i < n; i++)
                scratch[k] += weight[i] * back[i * n + k];
        }
        memcpy(weight, scratch, n * sizeof *weight);
    }
    free(scratch);
    return TB_OK;
}
