/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/attention.h"
#include "base/cpu.h"
#include "nn/activations.h"
#include "nn/attention_blocks.h"

#include <math.h>
#include <string.h>

/* Rows first .. first + m - 1; zeros where the key is after the query. */
TB_MULTIVERSION static void softmax_rows(float *logits, size_t ld, size_t first, size_t m, float scale, float *log_sums,
                                         size_t ld_sums) {
    for (size_t i = 0; i < m; i++) {
        float *row = logits + i * ld;
        log_sums[i * ld_sums] = tb_softmax_row(row, first + i + 1, scale);
        memset(row + first + i + 1, 0, (m - i - 1) * sizeof *row);
    }
}

static void forward_head(const TbAttention *a, const TbAttentionInput *input, size_t head, float *out, size_t ldo,
                         float *log_sums, const TbAttentionScratch *s) {
    const size_t dim = a->config.head_dim, width = a->config.n_heads * dim, n = input->n;
    const float *k = input->qkv + width + head * dim, *v = k + width;
    const TbRight keys = {.b = k, .ldb = input->ld, .transposed = true, .k = dim, .n = n, .packed = s->keys};
    const TbStack values = {.b = v, .ldb = input->ld, .k = n, .n = dim, .packed = s->values_down};
    tbi_pack(a->backend, &keys);
    tbi_stack_pack(a->backend, &values);
    for (size_t first = 0; first < n; first += TB_QUERIES) {
        const size_t m = n - first < TB_QUERIES ? n - first : TB_QUERIES;
        tbi_attention_logits(a, input, head, first, m, &keys, s);
        softmax_rows(s->logits, s->ld, first, m, 1 / sqrtf((float)dim), log_sums + first * a->config.n_heads + head,
                     a->config.n_heads);
        const TbLeft weights = {.a = s->logits, .lda = s->ld, .m = m};
        tbi_stack_product(a->backend, &weights, &values, 0, first + m, out + first * ldo + head * dim, ldo, false,
                          s->product);
    }
}

void tbi_attention_forward(const TbAttention *attention, const TbAttentionInput *input, float *out, size_t ldo,
                           float *log_sums, TbAttentionScratch *scratch) {
    tbi_attention_find_runs(&attention->config, input, scratch);
    for (size_t head = 0; head < attention->config.n_heads; head++)
        forward_head(attention, input, head, out, ldo, log_sums, scratch);
}
