// SPDX-License-Identifier: GPL-3.0-or-later
// Encoding and decoding without training: rows go through the network in chunks, so that scratch stays small.
#include "vae/kernels.h"
#include "vae/linear.h"
#include "vae/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 256 };

typedef struct {
    float *a, *b;             // [rows][widest layer], in turns
    float *inverse_deviation; // [rows]
} Scratch;

static size_t widest(const TbMlp *mlp) {
    size_t most = tb_padded(mlp->layers[0].in);
    for (int i = 0; i < mlp->n_layers; i++)
        if (tb_padded(mlp->layers[i].out) > most)
            most = tb_padded(mlp->layers[i].out);
    return most;
}

static float *new_scratch(const TbMlp *mlp, size_t rows, Scratch *scratch) {
    size_t size = rows * widest(mlp);
    float *block = tb_alloc_floats(2 * size + rows);
    *scratch = (Scratch){block, block ? block + size : NULL, block ? block + 2 * size : NULL};
    return block;
}

// x -> y through all layers; x may be scratch->a.
static void run(const TbVae *vae, const TbMlp *mlp, const float *x, size_t ldx, size_t n, float *y, size_t ldy,
                const Scratch *scratch) {
    const float *params = vae->params;
    for (int i = 0; i < mlp->n_layers; i++) {
        const TbLayer *layer = &mlp->layers[i];
        size_t ld = layer->hidden ? tb_padded(layer->out) : ldy;
        float *h = layer->hidden ? scratch->b : y;
        tb_linear_few(params + layer->weight, (size_t)layer->in, (size_t)layer->out, x, ldx, n, h, ld);
        if (!layer->hidden) {
            tb_bias_forward(h, ld, n, layer->out, params + layer->bias);
            return;
        }
        tb_norm_forward(h, ld, n, layer->out, params + layer->bias, params + layer->scale, params + layer->shift,
                        scratch->a, scratch->inverse_deviation);
        x = scratch->a;
        ldx = ld;
    }
}

TbStatus tb_vae_encode(const TbVae *vae, const float *x, size_t n, float *mu, float *logvar) {
    size_t chunk = n < CHUNK_ROWS ? n : CHUNK_ROWS, latent = (size_t)vae->config.latent_dim;
    Scratch scratch;
    float *block = new_scratch(&vae->encoder, chunk, &scratch);
    if (!block)
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory to encode %zu frames", n);
    for (size_t done = 0; done < n; done += chunk) {
        size_t rows = n - done < chunk ? n - done : chunk;
        // The last layer writes to scratch b: it reads a.
        run(vae, &vae->encoder, x + done * (size_t)vae->config.input_dim, (size_t)vae->config.input_dim, rows,
            scratch.b, 2 * latent, &scratch);
        for (size_t row = 0; row < rows; row++) {
            const float *both = scratch.b + row * 2 * latent;
            memcpy(mu + (done + row) * latent, both, latent * sizeof(float));
            for (size_t k = 0; logvar && k < latent; k++)
                logvar[(done + row) * latent + k] = fminf(fmaxf(both[latent + k], TB_LOGVAR_MIN), TB_LOGVAR_MAX);
        }
    }
    free(block);
    return TB_OK;
}

TbStatus tb_vae_decode(const TbVae *vae, const float *z, const float *condition, size_t n, float *y) {
    size_t chunk = n < CHUNK_ROWS ? n : CHUNK_ROWS, latent = (size_t)vae->config.latent_dim;
    size_t extra = (size_t)vae->config.condition_dim, output = (size_t)vae->config.output_dim;
    Scratch scratch;
    float *block = new_scratch(&vae->decoder, chunk, &scratch);
    if (!block)
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory to decode %zu frames", n);
    for (size_t done = 0; done < n; done += chunk) {
        size_t rows = n - done < chunk ? n - done : chunk;
        for (size_t row = 0; row < rows; row++) {
            float *both = scratch.a + row * (latent + extra);
            memcpy(both, z + (done + row) * latent, latent * sizeof(float));
            if (extra)
                memcpy(both + latent, condition + (done + row) * extra, extra * sizeof(float));
        }
        run(vae, &vae->decoder, scratch.a, latent + extra, rows, y + done * output, output, &scratch);
    }
    free(block);
    return TB_OK;
}
