/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to nn/attention*.c: the steps that forward and backward share. Queries are processed in blocks, so that
 * their logits stay in cache and keys after the block are left out. */
#ifndef TIMBREL_NN_ATTENTION_BLOCKS_H
#define TIMBREL_NN_ATTENTION_BLOCKS_H

#include "nn/activations.h"
#include "nn/attention.h"

#include <math.h>

enum { TB_QUERIES = 128 /* of a block; a multiple of TB_PACKED_COLUMNS */ };

/* A matrix [k][n] packed in blocks of TB_QUERIES rows, so that a product may begin and end at any block. */
typedef struct {
    const float *b;
    size_t ldb, k, n;
    float *packed;
} TbStack;

size_t tbi_stack_size(TbMatmulBackend backend, size_t k, size_t n);
void tbi_stack_pack(TbMatmulBackend backend, const TbStack *stack);
/* c[m][n] = or += the product of a's columns `first` (a multiple of TB_QUERIES) to `end` and these rows of the stack.
 */
void tbi_stack_product(TbMatmulBackend backend, const TbLeft *left, const TbStack *stack, size_t first, size_t end,
                       float *c, size_t ldc, bool add, float *scratch);

/* Fills scratch->runs. */
void tbi_attention_find_runs(const TbAttentionConfig *config, const TbAttentionInput *input,
                             TbAttentionScratch *scratch);

/* A head's table, packed for q times the table ([head_dim][rows]) and for gradients times the table (a stack). */
TbRight tbi_attention_relative(const TbAttention *attention, size_t head);
TbStack tbi_attention_relative_down(const TbAttention *attention, size_t head);

/* First row of the table that queries before `end` need, a multiple of TB_QUERIES. */
size_t tbi_attention_first_row(const TbAttentionConfig *config, size_t end);

/* Row of a distance in bars. */
static inline size_t tb_bar_row(const TbAttentionConfig *c, int distance) {
    int back = (int)c->n_bars - 1, ahead = -(int)c->n_bars_ahead;
    int row = distance > back ? back : distance < ahead ? ahead : distance;
    return c->n_steps + (size_t)(row - ahead);
}

/* Logits times sqrt(head_dim), of queries first .. first + m - 1 and the keys up to the last of them; scratch->keys is
 * packed. */
void tbi_attention_logits(const TbAttention *attention, const TbAttentionInput *input, size_t head, size_t first,
                          size_t m, const TbRight *keys, const TbAttentionScratch *scratch);

/* Row of n logits / scale -> softmax; returns the logarithm of the sum of exp. Memory up to the next multiple of 16
 * is used. */
TB_INLINE float tb_softmax_row(float *row, size_t n, float scale) {
    const size_t padded = (n + TB_SIMD_WIDTH - 1) / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    for (size_t j = n; j < padded; j++)
        row[j] = -1e30f;
    TbVector most = *(TbVector *)row, sums = {0};
    for (size_t j = TB_SIMD_WIDTH; j < padded; j += TB_SIMD_WIDTH) {
        TbVector x = *(TbVector *)(row + j);
        most = TB_SELECT(x > most, x, most);
    }
    const float max = tb_vector_max(&most);
    for (size_t j = 0; j < padded; j += TB_SIMD_WIDTH) {
        TbVector x = scale * (*(TbVector *)(row + j) - max);
        tb_exp16(&x);
        *(TbVector *)(row + j) = x;
        sums += x;
    }
    const float sum = tb_vector_sum(&sums), inverse = 1 / sum;
    for (size_t j = 0; j < padded; j += TB_SIMD_WIDTH)
        *(TbVector *)(row + j) *= inverse;
    return scale * max + logf(sum);
}

#endif
