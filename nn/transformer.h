/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: a decoder of pre-norm transformer blocks (Vaswani et al. 2017; Xiong et al. 2020): vectors of tokens in,
 * vectors of the same width out, each depending on the tokens before and on its own. Embeddings and heads are the
 * caller's.
 *
 *     x += W_out attention(W_qkv norm(x));   x += W_down gelu(W_up norm(x));   per layer
 *     y = norm(x)
 *
 * One table describes the weights, which are immutable while several threads compute: each has a tape of its own for
 * training, or a stream for generation. */
#ifndef TIMBREL_NN_TRANSFORMER_H
#define TIMBREL_NN_TRANSFORMER_H

#include "nn/attention.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/parameters.h"

enum { TB_MAX_TRANSFORMER_LAYERS = 8, TB_STREAM_ROWS = 16 };

typedef struct {
    size_t n_layers;
    size_t width;  /* of a token's vector; equal to attention.n_heads * attention.head_dim */
    size_t hidden; /* of the feed-forward network; usually 4 width */
    TbAttentionConfig attention;
    float dropout; /* of what each half of a layer adds to x (Srivastava et al. 2014); training only */
} TbTransformerConfig;

/* Offsets into the slab. Matrices are [out][in]. */
typedef struct {
    size_t norm1_scale, norm1_shift, norm2_scale, norm2_shift; /* [width] */
    size_t qkv, qkv_bias;                                      /* [3 width][width] */
    size_t relative;                                           /* nn/attention.h */
    size_t out, out_bias;                                      /* [width][width] */
    size_t up, up_bias;                                        /* [hidden][width] */
    size_t down, down_bias;                                    /* [width][hidden] */
} TbTransformerLayer;

typedef struct {
    TbTransformerConfig config;
    TbTransformerLayer layers[TB_MAX_TRANSFORMER_LAYERS];
    size_t norm_scale, norm_shift; /* [width] */
} TbTransformer;

/* Adds the tensors to the table; their names begin with `prefix`. */
void tbi_transformer_add(TbTransformer *net, const TbTransformerConfig *config, const char *prefix,
                         TbParameters *parameters);
/* Initial weights: normal with the deviation 1 / sqrt(in), what is added to x divided by sqrt(2 n_layers) (Radford et
 * al. 2019), biases 0. RT */
void tbi_transformer_init_weights(const TbTransformer *net, float *params, TbRng *rng);

/* ---- training ---- */

/* The weights, packed for products. */
typedef struct {
    TbLinear qkv, out, up, down;
    TbAttention attention;
} TbPackedTransformerLayer;

typedef struct {
    const TbTransformer *net;
    const float *params; /* the slab; borrowed */
    TbMatmulBackend backend;
    TbPackedTransformerLayer layers[TB_MAX_TRANSFORMER_LAYERS];
} TbPackedTransformer;

/* Allocates the packed weights. OFF */
void tbi_transformer_packed_init(TbPackedTransformer *packed, const TbTransformer *net, TbMatmulBackend backend,
                                 const float *params, TbArena *memory);
/* Repacks a worker's share after the weights have changed; backward: for gradients, too. RT */
void tbi_transformer_pack(const TbPackedTransformer *packed, bool backward, size_t worker, size_t n_workers);

/* Sequences of different lengths, one after the other. */
typedef struct {
    size_t n_sequences;
    const size_t *lengths; /* [n_sequences]; each at least 1 */
    const int *bars;       /* [rows], the sum of the lengths; may be NULL if there are no distances in bars */
} TbSequences;

/* What a layer's backward pass needs of its forward pass. */
typedef struct {
    float *normalised1, *a1, *inverse1, *qkv, *attended, *log_sums;
    float *normalised2, *a2, *inverse2, *up, *gelu;
} TbTransformerActivations;

/* One worker's activations. Rows are `width` apart. */
typedef struct {
    const TbPackedTransformer *packed;
    size_t max_rows;
    float *x;  /* [max_rows][width]: the caller's input; forward overwrites it */
    float *y;  /* [max_rows][width]: output */
    float *dy; /* [max_rows][width]: the caller's gradient of y */
    float *dx; /* [max_rows][width]: gradient of the input */
    TbTransformerActivations layers[TB_MAX_TRANSFORMER_LAYERS];
    float *normalised, *inverse;    /* of the last norm */
    float *branch, *dhidden, *dqkv; /* of the layer in work */
    float *products;                /* scratch */
    TbAttentionScratch attention;
} TbTransformerTape;

/* A tape for up to max_rows tokens in all, in sequences of up to max_length. OFF */
void tbi_transformer_tape_init(TbTransformerTape *tape, const TbPackedTransformer *packed, size_t max_rows,
                               size_t max_length, TbArena *memory);

/* Where this step's masks of dropout come from (nn/dropout.h); the sites used are first_site .. first_site + 2 n_layers
 * - 1. */
typedef struct {
    uint64_t seed, step;
    uint32_t first_site;
    const uint32_t *ids; /* [rows]: place of each row in the whole batch */
} TbTransformerDropout;

/* tape->x -> tape->y. dropout: NULL for evaluation. RT */
void tbi_transformer_forward(TbTransformerTape *tape, const TbSequences *sequences,
                             const TbTransformerDropout *dropout);
/* tape->dy -> tape->dx; sequences and dropout as in the last forward. Adds to `gradients`, a slab. RT */
void tbi_transformer_backward(TbTransformerTape *tape, const TbSequences *sequences,
                              const TbTransformerDropout *dropout, float *gradients);

/* ---- generation ---- */

/* A stream of tokens: per layer the keys and values of the last `capacity`. While t <= capacity, setting t back to an
 * earlier value takes tokens back. */
typedef struct {
    const TbTransformer *net;
    const float *params; /* the slab; borrowed */
    size_t capacity, t;  /* t: tokens so far */
    TbAttentionCache caches[TB_MAX_TRANSFORMER_LAYERS];
    int *bars; /* [capacity] */
    float *normalised, *a, *qkv, *hidden, *scratch;
} TbTransformerStream;

/* OFF */
void tbi_transformer_stream_init(TbTransformerStream *stream, const TbTransformer *net, const float *params,
                                 size_t capacity, TbArena *memory);

/* The next n tokens: x[n][width], which is overwritten, -> y[width] of the last one. Several at once read the weights
 * once for up to TB_STREAM_ROWS. Allocates nothing. RT */
void tbi_transformer_steps(TbTransformerStream *stream, float *x, const int *bars, size_t n, float *y);
/* One token. RT */
void tbi_transformer_step(TbTransformerStream *stream, float *x, int bar, float *y);

#endif
