/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/attention_blocks.h"
#include "base/cpu.h"

#include <math.h>

/* ---- stacks ---- */

static size_t block_size(TbMatmulBackend backend, size_t n) {
    return (tbi_packed_size(backend, TB_QUERIES, n) + 15) / 16 * 16;
}

size_t tbi_stack_size(TbMatmulBackend backend, size_t k, size_t n) {
    return (k + TB_QUERIES - 1) / TB_QUERIES * block_size(backend, n);
}

static TbRight stack_block(TbMatmulBackend backend, const TbStack *stack, size_t first) {
    return (TbRight){.b = stack->b + first * stack->ldb,
                     .ldb = stack->ldb,
                     .k = stack->k - first < TB_QUERIES ? stack->k - first : TB_QUERIES,
                     .n = stack->n,
                     .packed = stack->packed + first / TB_QUERIES * block_size(backend, stack->n)};
}

void tbi_stack_pack(TbMatmulBackend backend, const TbStack *stack) {
    for (size_t first = 0; first < stack->k; first += TB_QUERIES) {
        TbRight right = stack_block(backend, stack, first);
        tbi_pack(backend, &right);
    }
}

void tbi_stack_product(TbMatmulBackend backend, const TbLeft *left, const TbStack *stack, size_t first, size_t end,
                       float *c, size_t ldc, bool add, float *scratch) {
    for (; first < end; first += TB_QUERIES, add = true) {
        TbRight right = stack_block(backend, stack, first);
        TbLeft part = {.a = left->a + first, .lda = left->lda, .m = left->m};
        tbi_product(backend, &part, &right, c, ldc, add, scratch);
    }
}

/* ---- scratch ---- */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

void tbi_attention_scratch_init(TbAttentionScratch *s, TbMatmulBackend backend, const TbAttentionConfig *config,
                                size_t n, TbArena *memory) {
    const size_t dim = config->head_dim, rows = tbi_relative_rows(config);
    s->ld = (n + TB_QUERIES - 1) / TB_QUERIES * TB_QUERIES;
    s->ld_relative = (rows + 15) / 16 * 16;
    s->keys = tbi_arena_floats(memory, tbi_packed_size(backend, dim, n));
    s->values = tbi_arena_floats(memory, tbi_packed_size(backend, dim, n));
    s->keys_down = tbi_arena_floats(memory, tbi_stack_size(backend, n, dim));
    s->values_down = tbi_arena_floats(memory, tbi_stack_size(backend, n, dim));
    s->queries = tbi_arena_floats(memory, tbi_packed_size(backend, TB_QUERIES, dim));
    s->dout = tbi_arena_floats(memory, tbi_packed_size(backend, TB_QUERIES, dim));
    s->logits = tbi_arena_floats(memory, TB_QUERIES * s->ld);
    s->dlogits = tbi_arena_floats(memory, TB_QUERIES * s->ld);
    s->relative = tbi_arena_floats(memory, TB_QUERIES * s->ld_relative);
    s->drelative = tbi_arena_floats(memory, TB_QUERIES * s->ld_relative);
    s->product = tbi_arena_floats(memory, larger(tbi_matmul_scratch(backend, TB_QUERIES, larger(dim, TB_QUERIES)),
                                                 tbi_matmul_scratch(backend, larger(n, rows), TB_QUERIES)));
    s->runs = tbi_arena_alloc(memory, n, sizeof *s->runs);
    s->n_runs = 0;
}

void tbi_attention_find_runs(const TbAttentionConfig *config, const TbAttentionInput *input, TbAttentionScratch *s) {
    s->n_runs = 0;
    for (size_t i = 0; config->n_bars && i < input->n; i++)
        if (i == 0 || input->bars[i] != input->bars[i - 1])
            s->runs[s->n_runs++] = (TbBarRun){.bar = input->bars[i], .first = (unsigned)i};
}

/* ---- relative positions ---- */

static size_t relative_size(TbMatmulBackend backend, const TbAttentionConfig *c) {
    return (tbi_packed_size(backend, c->head_dim, tbi_relative_rows(c)) + 15) / 16 * 16;
}

void tbi_attention_init(TbAttention *attention, TbMatmulBackend backend, const TbAttentionConfig *c, const float *table,
                        TbArena *memory) {
    *attention = (TbAttention){.config = *c, .backend = backend, .table = table};
    if (memory && c->relative == TB_RELATIVE_KEYS)
        attention->packed =
            tbi_arena_floats(memory, c->n_heads * (relative_size(backend, c) +
                                                   tbi_stack_size(backend, tbi_relative_rows(c), c->head_dim)));
}

TbRight tbi_attention_relative(const TbAttention *a, size_t head) {
    const size_t rows = tbi_relative_rows(&a->config), dim = a->config.head_dim;
    return (TbRight){.b = a->table + head * rows * dim,
                     .ldb = dim,
                     .transposed = true,
                     .k = dim,
                     .n = rows,
                     .packed = a->packed + head * relative_size(a->backend, &a->config)};
}

TbStack tbi_attention_relative_down(const TbAttention *a, size_t head) {
    const size_t rows = tbi_relative_rows(&a->config), dim = a->config.head_dim;
    return (TbStack){.b = a->table + head * rows * dim,
                     .ldb = dim,
                     .k = rows,
                     .n = dim,
                     .packed = a->packed + a->config.n_heads * relative_size(a->backend, &a->config) +
                               head * tbi_stack_size(a->backend, rows, dim)};
}

void tbi_attention_pack(const TbAttention *a) {
    if (a->config.relative != TB_RELATIVE_KEYS || !tbi_relative_rows(&a->config))
        return;
    for (size_t head = 0; head < a->config.n_heads; head++) {
        TbRight right = tbi_attention_relative(a, head);
        TbStack down = tbi_attention_relative_down(a, head);
        tbi_pack(a->backend, &right);
        tbi_stack_pack(a->backend, &down);
    }
}

size_t tbi_attention_first_row(const TbAttentionConfig *c, size_t end) {
    return c->n_steps > end ? (c->n_steps - end) / TB_QUERIES * TB_QUERIES : 0;
}

/* ---- logits ---- */

/* row[j] += what `relative`, indexed by row of the table, has for query i and key j <= i. */
TB_INLINE void add_relative(const TbAttentionConfig *c, const TbAttentionScratch *s, const float *relative, size_t i,
                            int bar, float *row) {
    if (c->n_steps) {
        const size_t near = i + 1 > c->n_steps ? i + 1 - c->n_steps : 0; /* first key with a distance of its own */
        const float *at = relative + (c->n_steps - 1 + near - i);
        for (size_t j = 0; j < near; j++)
            row[j] += relative[0];
        for (size_t j = near; j <= i; j++)
            row[j] += at[j - near];
    }
    for (size_t run = 0; run < s->n_runs && s->runs[run].first <= i; run++) {
        const size_t end = run + 1 < s->n_runs && s->runs[run + 1].first <= i ? s->runs[run + 1].first : i + 1;
        const float value = relative[tb_bar_row(c, bar - s->runs[run].bar)];
        for (size_t j = s->runs[run].first; j < end; j++)
            row[j] += value;
    }
}

TB_MULTIVERSION static void add_relatives(const TbAttentionConfig *c, const TbAttentionScratch *s, const int *bars,
                                          size_t first, size_t m, size_t ld_relative) {
    for (size_t i = 0; i < m; i++)
        add_relative(c, s, s->relative + i * ld_relative, first + i, c->n_bars ? bars[first + i] : 0,
                     s->logits + i * s->ld);
}

void tbi_attention_logits(const TbAttention *a, const TbAttentionInput *input, size_t head, size_t first, size_t m,
                          const TbRight *keys, const TbAttentionScratch *s) {
    const TbAttentionConfig *c = &a->config;
    const size_t rows = tbi_relative_rows(c);
    const TbLeft queries = {.a = input->qkv + first * input->ld + head * c->head_dim, .lda = input->ld, .m = m};
    const TbRight visible = tbi_packed_columns(a->backend, keys, 0, first + m);
    tbi_product(a->backend, &queries, &visible, s->logits, s->ld, false, s->product);
    if (!rows)
        return;
    if (c->relative == TB_RELATIVE_KEYS) {
        const TbRight relative = tbi_attention_relative(a, head);
        const size_t from = tbi_attention_first_row(c, first + m);
        const TbRight needed = tbi_packed_columns(a->backend, &relative, from, rows);
        tbi_product(a->backend, &queries, &needed, s->relative + from, s->ld_relative, false, s->product);
        add_relatives(c, s, input->bars, first, m, s->ld_relative);
    } else { /* one row of biases serves all queries */
        for (size_t k = 0; k < rows; k++)
            s->relative[k] = a->table[head * rows + k] * sqrtf((float)c->head_dim);
        add_relatives(c, s, input->bars, first, m, 0);
    }
}
