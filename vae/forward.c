/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoding and decoding without training. Few rows are multiplied with the weights unpacked; for many rows the
 * weights are packed first, and rows are processed in chunks, so that scratch stays small. */
#include "base/arena.h"
#include "base/no_memory.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "vae/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FEW_ROWS = 64, CHUNK_ROWS = 256 };

typedef struct {
    TbArena memory;                     /* of all arrays, unless they are parts of the caller's block */
    float *a, *b;                       /* [rows][widest layer], alternating */
    float *inverse_deviation;           /* [rows] */
    float *product;                     /* scratch of matrix products; only for many rows */
    TbLinear linear[TB_MAX_HIDDEN + 1]; /* packed weights; only for many rows */
    bool many;
    bool halved; /* the packed weights are bfloat16 */
} Scratch;

static size_t widest(const TbMlp *mlp) {
    size_t most = tb_padded(mlp->layers[0].in);
    for (int i = 0; i < mlp->n_layers; i++)
        if (tb_padded(mlp->layers[i].out) > most)
            most = tb_padded(mlp->layers[i].out);
    return most;
}

static size_t few_size(const TbMlp *mlp, size_t rows) {
    return 2 * rows * widest(mlp) + rows;
}

static void set_up_few(Scratch *scratch, const TbMlp *mlp, size_t rows, float *block) {
    size_t size = rows * widest(mlp);
    scratch->a = block;
    scratch->b = block + size;
    scratch->inverse_deviation = block + 2 * size;
    scratch->many = scratch->halved = false;
}

/* Allocates scratch for n rows in all and packs the weights; to be freed with scratch->memory. False when out of
 * memory.
 */
static bool new_scratch(const TbVae *vae, const TbMlp *mlp, size_t n, Scratch *scratch) {
    TbMatmulBackend backend = tbi_matmul_default();
    size_t rows = n < CHUNK_ROWS ? n : CHUNK_ROWS, product = 0;
    *scratch = (Scratch){.many = n > FEW_ROWS};
    scratch->a = tbi_arena_floats(&scratch->memory, rows * widest(mlp));
    scratch->b = tbi_arena_floats(&scratch->memory, rows * widest(mlp));
    scratch->inverse_deviation = tbi_arena_floats(&scratch->memory, rows);
    for (int i = 0; scratch->many && i < mlp->n_layers; i++) {
        const TbLayer *layer = &mlp->layers[i];
        size_t in = (size_t)layer->in, out = (size_t)layer->out, size = tbi_linear_scratch(backend, in, out, rows);
        float *packed = tbi_arena_floats(&scratch->memory, tbi_linear_packed_size(backend, in, out));
        if (packed) {
            tbi_linear_init(&scratch->linear[i], backend, vae->params + layer->weight, in, out, packed);
            tbi_linear_pack(&scratch->linear[i], false);
        }
        product = size > product ? size : product;
    }
    scratch->product = tbi_arena_floats(&scratch->memory, product);
    bool made = !scratch->memory.failed;
    if (!made)
        tbi_arena_free(&scratch->memory);
    return made;
}

/* Layer i: x -> scratch->a, or y for the last layer; x may be scratch->a. */
static void run_layer(const TbVae *vae, const TbMlp *mlp, int i, const float *x, size_t ldx, size_t n, float *y,
                      size_t ldy, const Scratch *scratch) {
    const float *params = vae->params;
    const TbLayer *layer = &mlp->layers[i];
    size_t ld = layer->hidden ? tb_padded(layer->out) : ldy;
    float *h = layer->hidden ? scratch->b : y;
    if (scratch->halved)
        tbi_matmul_few(scratch->linear[i].backend, &(TbLeft){.a = x, .lda = ldx, .m = n}, &scratch->linear[i].forward,
                       h, ld, scratch->product);
    else if (scratch->many)
        tbi_linear_forward(&scratch->linear[i], x, ldx, n, h, ld, scratch->product);
    else
        tbi_linear_small(params + layer->weight, (size_t)layer->in, (size_t)layer->out, x, ldx, n, h, ld);
    if (layer->hidden)
        tbi_norm_forward(h, ld, n, layer->out, params + layer->bias, params + layer->scale, params + layer->shift,
                         scratch->a, scratch->inverse_deviation);
    else
        tbi_bias_forward(h, ld, n, layer->out, params + layer->bias);
}

/* x -> y through all layers. */
static void run(const TbVae *vae, const TbMlp *mlp, const float *x, size_t ldx, size_t n, float *y, size_t ldy,
                const Scratch *scratch) {
    for (int i = 0; i < mlp->n_layers; i++) {
        run_layer(vae, mlp, i, x, ldx, n, y, ldy, scratch);
        x = scratch->a;
        ldx = tb_padded(mlp->layers[i].out);
    }
}

TbStatus tb_vae_encode(const TbVae *vae, const float *x, size_t n, float *mu, float *logvar) {
    size_t input = (size_t)vae->config.input_dim, latent = (size_t)vae->config.latent_dim;
    Scratch scratch;
    if (!new_scratch(vae, &vae->encoder, n, &scratch))
        return tbi_no_memory("to encode %zu frames", n);
    for (size_t done = 0; done < n; done += CHUNK_ROWS) {
        size_t rows = n - done < CHUNK_ROWS ? n - done : CHUNK_ROWS;
        /* The last layer reads scratch a and writes to b. */
        run(vae, &vae->encoder, x + done * input, input, rows, scratch.b, 2 * latent, &scratch);
        for (size_t row = 0; row < rows; row++) {
            const float *both = scratch.b + row * 2 * latent;
            memcpy(mu + (done + row) * latent, both, latent * sizeof(float));
            for (size_t k = 0; logvar && k < latent; k++)
                logvar[(done + row) * latent + k] = fminf(fmaxf(both[latent + k], TB_LOGVAR_MIN), TB_LOGVAR_MAX);
        }
    }
    tbi_arena_free(&scratch.memory);
    return TB_OK;
}

/* Concatenates z and condition, the input of the decoder's first layer -> scratch->a. Returns its width. */
static size_t decoder_input(const TbVae *vae, const float *z, const float *condition, size_t n,
                            const Scratch *scratch) {
    size_t latent = (size_t)vae->config.latent_dim, extra = (size_t)vae->config.condition_dim;
    for (size_t row = 0; row < n; row++) {
        float *both = scratch->a + row * (latent + extra);
        memcpy(both, z + row * latent, latent * sizeof(float));
        if (extra)
            memcpy(both + latent, condition + row * extra, extra * sizeof(float));
    }
    return latent + extra;
}

static void decode_rows(const TbVae *vae, const float *z, const float *condition, size_t n, float *y,
                        const Scratch *scratch) {
    size_t width = decoder_input(vae, z, condition, n, scratch);
    run(vae, &vae->decoder, scratch->a, width, n, y, (size_t)vae->config.output_dim, scratch);
}

TbStatus tb_vae_decode(const TbVae *vae, const float *z, const float *condition, size_t n, float *y) {
    size_t latent = (size_t)vae->config.latent_dim, extra = (size_t)vae->config.condition_dim;
    Scratch scratch;
    if (!new_scratch(vae, &vae->decoder, n, &scratch))
        return tbi_no_memory("to decode %zu frames", n);
    for (size_t done = 0; done < n; done += CHUNK_ROWS)
        decode_rows(vae, z + done * latent, extra ? condition + done * extra : NULL,
                    n - done < CHUNK_ROWS ? n - done : CHUNK_ROWS, y + done * (size_t)vae->config.output_dim, &scratch);
    tbi_arena_free(&scratch.memory);
    return TB_OK;
}

/* ---- weights packed once ---- */

struct TbVaeDecoder {
    const TbVae *vae;
    TbMatmulBackend backend;
    TbLinear linear[TB_MAX_HIDDEN + 1];
    float *packed;
};

/* The weights are read every few milliseconds: with small pages each pass would miss the TLB a thousand times. */
static float *on_large_pages(size_t n_floats) {
    const size_t page = 2 << 20, n = (n_floats * sizeof(float) + page - 1) / page * page;
    float *p = aligned_alloc(page, n);
#ifdef MADV_HUGEPAGE
    if (p)
        madvise(p, n, MADV_HUGEPAGE); /* only advice: failure does no harm */
#endif
    return p;
}

TbStatus tb_vae_decoder_new(const TbVae *vae, TbVaeDecoder **decoder) {
    const TbMlp *mlp = &vae->decoder;
    TbVaeDecoder *d = calloc(1, sizeof *d);
    size_t size = 0;
    *decoder = NULL;
    if (!d)
        return tbi_no_memory("for a decoder");
    d->vae = vae;
    d->backend = tbi_matmul_default();
    for (int i = 0; i < mlp->n_layers; i++)
        size += tbi_linear_packed_size(d->backend, (size_t)mlp->layers[i].in, (size_t)mlp->layers[i].out);
    d->packed = on_large_pages(size);
    if (!d->packed) {
        free(d);
        return tbi_no_memory("for a decoder");
    }
    float *at = d->packed;
    for (int i = 0; i < mlp->n_layers; i++) {
        size_t in = (size_t)mlp->layers[i].in, out = (size_t)mlp->layers[i].out;
        tbi_linear_init(&d->linear[i], d->backend, vae->params + mlp->layers[i].weight, in, out, at);
        tbi_linear_pack(&d->linear[i], false);
        if (tbi_matmul_halves(d->backend))
            tbi_halve(d->backend, &d->linear[i].forward);
        at += tbi_linear_packed_size(d->backend, in, out);
    }
    *decoder = d;
    return TB_OK;
}

void tb_vae_decoder_free(TbVaeDecoder *decoder) {
    if (decoder)
        free(decoder->packed);
    free(decoder);
}

size_t tb_vae_decoder_macs(const TbVaeDecoder *decoder) {
    const TbMlp *mlp = &decoder->vae->decoder;
    size_t sum = 0;
    for (int i = 0; i < mlp->n_layers; i++)
        sum += (size_t)mlp->layers[i].in * (size_t)mlp->layers[i].out;
    return sum;
}

size_t tb_vae_decoder_bytes(const TbVaeDecoder *decoder) {
    return tb_vae_decoder_macs(decoder) * (tbi_matmul_halves(decoder->backend) ? sizeof(uint16_t) : sizeof(float));
}

enum { ALIGNMENT = 16 }; /* floats in a cache line */

size_t tb_vae_decoder_scratch(const TbVaeDecoder *decoder, size_t n) {
    const TbMlp *mlp = &decoder->vae->decoder;
    size_t product = 0;
    for (int i = 0; i < mlp->n_layers; i++) {
        size_t size = tbi_matmul_scratch(decoder->backend, n, (size_t)mlp->layers[i].in);
        product = size > product ? size : product;
    }
    return few_size(mlp, n) + product + 2 * ALIGNMENT;
}

static float *aligned(float *p) {
    return (float *)(((uintptr_t)p + ALIGNMENT * sizeof(float) - 1) / (ALIGNMENT * sizeof(float)) *
                     (ALIGNMENT * sizeof(float)));
}

static void set_up_run(const TbVaeDecoder *decoder, size_t n, float *block, Scratch *scratch) {
    const TbMlp *mlp = &decoder->vae->decoder;
    block = aligned(block);
    set_up_few(scratch, mlp, n, block);
    scratch->many = true;
    scratch->halved = tbi_matmul_halves(decoder->backend);
    scratch->product = aligned(block + few_size(mlp, n));
    memcpy(scratch->linear, decoder->linear, sizeof scratch->linear);
}

void tb_vae_decoder_run(const TbVaeDecoder *decoder, const float *z, const float *condition, size_t n, float *block,
                        float *y) {
    Scratch scratch;
    set_up_run(decoder, n, block, &scratch);
    decode_rows(decoder->vae, z, condition, n, y, &scratch);
}

int tb_vae_decoder_steps(const TbVaeDecoder *decoder) {
    return decoder->vae->decoder.n_layers;
}

void tb_vae_decoder_step(const TbVaeDecoder *decoder, int step, const float *z, const float *condition, size_t n,
                         float *block, float *y) {
    const TbMlp *mlp = &decoder->vae->decoder;
    Scratch scratch;
    set_up_run(decoder, n, block, &scratch);
    size_t width =
        step > 0 ? tb_padded(mlp->layers[step - 1].out) : decoder_input(decoder->vae, z, condition, n, &scratch);
    run_layer(decoder->vae, mlp, step, scratch.a, width, n, y, (size_t)decoder->vae->config.output_dim, &scratch);
}
