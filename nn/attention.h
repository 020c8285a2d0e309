/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: causal multi-head attention (Vaswani et al. 2017) with relative positions by step and by bar: training over
 * whole sequences, and generation one token at a time from a cache of keys and values.
 *
 * The logit of query i and key j of a head is
 *   (q_i . k_j + q_i . s[i - j] + q_i . b[bar_i - bar_j]) / sqrt(head_dim)
 * with a learned vector s per distance in steps and b per distance in bars. The relative keys s are those of Shaw et
 * al. (2018) as Huang et al. (2018, "Music Transformer") compute them: q times all s in one product, whose rows are
 * then shifted into place, here by a pointer. Distances in bars follow Ren et al. (2020, PopMAG) and Yu et al. (2022,
 * Museformer), who find that bars attend to earlier bars at musical distances; as relative keys they need only one more
 * column per distance, so they cost almost nothing. With positions in the bar among the token's embeddings, q and k
 * find the place in the bar, and b the bar: that is how bars come to be repeated. The cheaper TB_RELATIVE_BIAS is a
 * number per head and distance, added to q . k / sqrt(head_dim) (Raffel et al. 2020, T5); Press et al.'s (2022) ALiBi
 * is the same with fixed numbers, and rotary positions (Su et al. 2021) have no form for bars. */
#ifndef TIMBREL_NN_ATTENTION_H
#define TIMBREL_NN_ATTENTION_H

#include "base/arena.h"
#include "nn/matmul.h"

typedef enum { TB_RELATIVE_KEYS, TB_RELATIVE_BIAS } TbRelative;

typedef struct {
    size_t n_heads, head_dim; /* queries, keys and values have n_heads * head_dim columns each */
    size_t n_steps;           /* distances 0 .. n_steps - 1; all farther ones share the last. 0: none */
    size_t n_bars;            /* distances in bars 0 .. n_bars - 1; all farther ones share the last. 0: none */
    size_t n_bars_ahead;      /* distances -1 .. -n_bars_ahead, for keys of later bars; others share the last */
    TbRelative relative;
} TbAttentionConfig;

/* Rows of a head's table of relative positions: first the distances in steps, from the farthest to 0, then the
 * distances in bars, from the farthest ahead to the farthest back. A row has head_dim floats, or 1 for a bias. */
static inline size_t tbi_relative_rows(const TbAttentionConfig *config) {
    return config->n_steps + config->n_bars_ahead + config->n_bars;
}
static inline size_t tbi_relative_cols(const TbAttentionConfig *config) {
    return config->relative == TB_RELATIVE_KEYS ? config->head_dim : 1;
}

/* A layer's table [n_heads][rows][cols], borrowed, and its packed form. */
typedef struct {
    TbAttentionConfig config;
    TbMatmulBackend backend;
    const float *table;
    float *packed;
} TbAttention;

/* Allocates the packed form. memory: NULL without it, which the step of generation does not use. OFF */
void tbi_attention_init(TbAttention *attention, TbMatmulBackend backend, const TbAttentionConfig *config,
                        const float *table, TbArena *memory);
/* Repacks after the table has changed. RT */
void tbi_attention_pack(const TbAttention *attention);

/* Successive tokens of one bar. */
typedef struct {
    int bar;
    unsigned first;
} TbBarRun;

/* What forward and backward need besides, for one thread and sequences of up to a number of tokens. */
typedef struct {
    size_t ld, ld_relative;
    float *keys, *values;           /* packed: [head_dim][n] */
    float *keys_down, *values_down; /* stacks: [n][head_dim] */
    float *queries, *dout;          /* packed: one block of queries, [TB_QUERIES][head_dim] */
    float *logits, *dlogits;        /* [TB_QUERIES][ld] */
    float *relative, *drelative;    /* [TB_QUERIES][ld_relative] */
    float *product;
    TbBarRun *runs; /* [n] */
    size_t n_runs;
} TbAttentionScratch;

/* For sequences of up to max_length tokens. OFF */
void tbi_attention_scratch_init(TbAttentionScratch *scratch, TbMatmulBackend backend, const TbAttentionConfig *config,
                                size_t max_length, TbArena *memory);

/* One sequence of n tokens. A batch of sequences of different lengths is stored one after the other, without padding,
 * and needs one call each. qkv[n][ld]: queries, keys and values side by side. bars[n]: the bar of each token, in any
 * order; may be NULL if the config has no distances in bars. */
typedef struct {
    const float *qkv;
    size_t ld;
    const int *bars;
    size_t n;
} TbAttentionInput;

/* out[n][ldo]; log_sums[n][n_heads] is for backward. RT */
void tbi_attention_forward(const TbAttention *attention, const TbAttentionInput *input, float *out, size_t ldo,
                           float *log_sums, TbAttentionScratch *scratch);

/* From dout[n][ldo] and what forward returned: overwrites dqkv[n][input->ld], adds to dtable. The attention weights are
 * computed again rather than stored (Dao et al. 2022). RT */
void tbi_attention_backward(const TbAttention *attention, const TbAttentionInput *input, const float *out,
                            const float *dout, size_t ldo, const float *log_sums, float *dqkv, float *dtable,
                            TbAttentionScratch *scratch);

/* ---- generation ---- */

/* A layer's keys and values of the last `capacity` tokens of a stream, in a ring: token t is in slot t % capacity. */
typedef struct {
    size_t capacity;
    float *keys, *values; /* [n_heads][capacity][head_dim] */
} TbAttentionCache;

/* Floats of scratch for tbi_attention_step. */
size_t tbi_attention_step_scratch(const TbAttentionConfig *config, size_t capacity);

/* Token t of a stream: stores its key and value, and attends to the last `capacity` tokens, itself among them. The
 * window slides: what is older is forgotten. qkv: of this token; bars[capacity]: the bars of the cached tokens by slot,
 * this one's included; out[n_heads * head_dim]. Equal to tbi_attention_forward within rounding. RT */
void tbi_attention_step(const TbAttention *attention, const TbAttentionCache *cache, const float *qkv, const int *bars,
                        size_t t, float *out, float *scratch);

#endif
