/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cpu.h"
#include "nn/activations.h"
#include "nn/attention.h"
#include "nn/attention_blocks.h"

#include <math.h>
#include <string.h>

/* With p the weights of a query, dp their gradients and d = dout . out = sum of p dp, the gradient of the logit is
 * p (dp - d). Turns logits into p, and dp into that, times scale, the gradient of the product of query and key. */
TB_INLINE void weight_gradients(float *logits, float *dlogits, size_t n, float scale, float log_sum, float d) {
    for (size_t j = 0; j < n; j += TB_SIMD_WIDTH) {
        TbVector p = scale * *(TbVector *)(logits + j) - log_sum;
        tb_exp16(&p);
        *(TbVector *)(logits + j) = p;
        *(TbVector *)(dlogits + j) = scale * p * (*(TbVector *)(dlogits + j) - d);
    }
}

/* What `add_relative` spread over the keys is summed up again. */
TB_INLINE void sum_relative(const TbAttentionConfig *c, const TbAttentionScratch *s, const float *row, size_t i,
                            int bar, float *drelative) {
    if (c->n_steps) {
        const size_t near = i + 1 > c->n_steps ? i + 1 - c->n_steps : 0;
        float *at = drelative + (c->n_steps - 1 + near - i);
        for (size_t j = near; j <= i; j++)
            at[j - near] = row[j];
        float far = 0;
        for (size_t j = 0; j < near; j++)
            far += row[j];
        drelative[0] += far;
    }
    for (size_t run = 0; run < s->n_runs && s->runs[run].first <= i; run++) {
        const size_t end = run + 1 < s->n_runs && s->runs[run + 1].first <= i ? s->runs[run + 1].first : i + 1;
        float sum = 0;
        for (size_t j = s->runs[run].first; j < end; j++)
            sum += row[j];
        drelative[tb_bar_row(c, bar - s->runs[run].bar)] += sum;
    }
}

/* The block of queries that is being processed. */
typedef struct {
    const TbAttention *attention;
    const TbAttentionInput *input;
    const TbAttentionScratch *scratch;
    size_t head, first, m;
    const float *out, *dout; /* the block's first row and the head's first column */
    size_t ldo;
    const float *log_sums; /* n_heads apart */
} Block;

TB_MULTIVERSION static void row_gradients(const Block *b) {
    const TbAttentionConfig *c = &b->attention->config;
    const TbAttentionScratch *s = b->scratch;
    const size_t rows = tbi_relative_rows(c), from = tbi_attention_first_row(c, b->first + b->m);
    const float scale = 1 / sqrtf((float)c->head_dim);
    for (size_t i = 0; i < b->m; i++) {
        float *logits = s->logits + i * s->ld, *dlogits = s->dlogits + i * s->ld;
        float *drelative = s->drelative + i * s->ld_relative;
        const size_t query = b->first + i, behind = b->m - i - 1;
        float d = 0;
        for (size_t k = 0; k < c->head_dim; k++)
            d += b->dout[i * b->ldo + k] * b->out[i * b->ldo + k];
        weight_gradients(logits, dlogits, query + 1, scale, b->log_sums[i * c->n_heads], d);
        memset(logits + query + 1, 0, behind * sizeof *logits);
        memset(dlogits + query + 1, 0, behind * sizeof *dlogits);
        if (rows) {
            memset(drelative + from, 0, (rows - from) * sizeof *drelative);
            sum_relative(c, s, dlogits, query, c->n_bars ? b->input->bars[query] : 0, drelative);
        }
    }
}

/* dtable, and with relative keys the query's gradient dq, which is added to. */
static void relative_gradients(const Block *b, const TbRight *queries, float *dq, float *dtable) {
    const TbAttention *a = b->attention;
    const TbAttentionConfig *c = &a->config;
    const TbAttentionScratch *s = b->scratch;
    const size_t rows = tbi_relative_rows(c), from = tbi_attention_first_row(c, b->first + b->m);
    dtable += b->head * rows * tbi_relative_cols(c);
    if (c->relative == TB_RELATIVE_KEYS) {
        const TbStack table = tbi_attention_relative_down(a, b->head);
        const TbLeft drelative = {.a = s->drelative, .lda = s->ld_relative, .m = b->m};
        const TbLeft turned = {.a = s->drelative + from, .lda = s->ld_relative, .transposed = true, .m = rows - from};
        tbi_stack_product(a->backend, &drelative, &table, from, rows, dq, b->input->ld, true, s->product);
        tbi_product(a->backend, &turned, queries, dtable + from * c->head_dim, c->head_dim, true, s->product);
    } else {
        const float root = sqrtf((float)c->head_dim); /* the gradients are those of bias * root */
        for (size_t i = 0; i < b->m; i++)
            for (size_t k = from; k < rows; k++)
                dtable[k] += root * s->drelative[i * s->ld_relative + k];
    }
}

static void backward_block(const Block *b, const TbRight *keys, const TbRight *values, const TbStack *keys_down,
                           float *dqkv, float *dtable) {
    const TbAttention *a = b->attention;
    const TbAttentionScratch *s = b->scratch;
    const size_t dim = a->config.head_dim, width = a->config.n_heads * dim, ld = b->input->ld, end = b->first + b->m;
    const TbRight visible = tbi_packed_columns(a->backend, values, 0, end);
    const TbLeft dout = {.a = b->dout, .lda = b->ldo, .m = b->m};
    tbi_attention_logits(a, b->input, b->head, b->first, b->m, keys, s);
    tbi_product(a->backend, &dout, &visible, s->dlogits, s->ld, false, s->product);
    row_gradients(b);

    const float *q = b->input->qkv + b->first * ld + b->head * dim;
    const TbRight queries = {.b = q, .ldb = ld, .k = b->m, .n = dim, .packed = s->queries};
    const TbRight douts = {.b = b->dout, .ldb = b->ldo, .k = b->m, .n = dim, .packed = s->dout};
    const TbLeft dlogits = {.a = s->dlogits, .lda = s->ld, .m = b->m};
    const TbLeft dlogits_turned = {.a = s->dlogits, .lda = s->ld, .transposed = true, .m = end};
    const TbLeft weights_turned = {.a = s->logits, .lda = s->ld, .transposed = true, .m = end};
    float *dq = dqkv + b->first * ld + b->head * dim, *dk = dqkv + width + b->head * dim, *dv = dk + width;
    tbi_pack(a->backend, &queries);
    tbi_pack(a->backend, &douts);
    tbi_product(a->backend, &weights_turned, &douts, dv, ld, true, s->product);
    tbi_product(a->backend, &dlogits_turned, &queries, dk, ld, true, s->product);
    tbi_stack_product(a->backend, &dlogits, keys_down, 0, end, dq, ld, false, s->product);
    if (tbi_relative_rows(&a->config))
        relative_gradients(b, &queries, dq, dtable);
}

void tbi_attention_backward(const TbAttention *a, const TbAttentionInput *input, const float *out, const float *dout,
                            size_t ldo, const float *log_sums, float *dqkv, float *dtable, TbAttentionScratch *s) {
    const size_t n = input->n, ld = input->ld, dim = a->config.head_dim, width = a->config.n_heads * dim;
    tbi_attention_find_runs(&a->config, input, s);
    for (size_t i = 0; i < n; i++)
        memset(dqkv + i * ld + width, 0, 2 * width * sizeof *dqkv);
    for (size_t head = 0; head < a->config.n_heads; head++) {
        const float *k = input->qkv + width + head * dim, *v = k + width;
        const TbRight keys = {.b = k, .ldb = ld, .transposed = true, .k = dim, .n = n, .packed = s->keys};
        const TbRight values = {.b = v, .ldb = ld, .transposed = true, .k = dim, .n = n, .packed = s->values};
        const TbStack keys_down = {.b = k, .ldb = ld, .k = n, .n = dim, .packed = s->keys_down};
        tbi_pack(a->backend, &keys);
        tbi_pack(a->backend, &values);
        tbi_stack_pack(a->backend, &keys_down);
        for (size_t first = 0; first < n; first += TB_QUERIES) {
            const Block block = {.attention = a,
                                 .input = input,
                                 .scratch = s,
                                 .head = head,
                                 .first = first,
                                 .m = n - first < TB_QUERIES ? n - first : TB_QUERIES,
                                 .out = out + first * ldo + head * dim,
                                 .dout = dout + first * ldo + head * dim,
                                 .ldo = ldo,
                                 .log_sums = log_sums + first * a->config.n_heads + head};
            backward_block(&block, &keys, &values, &keys_down, dqkv, dtable);
        }
    }
}
