/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score/suffix_array.h"
#include "base/arena.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <stdlib.h>

#define END_TOKEN ((uint64_t)1 << 63)

TbStatus tbi_suffix_array_add(SuffixArray *a, const uint64_t *tokens, size_t n) {
    if (a->n + n + 1 > UINT32_MAX / 2)
        return tb_fail(TB_ERR_UNSUPPORTED, "There is too much music to compare with.");
    if (!tbi_grow(&a->text, a->n + n + 1, &a->room))
        return tbi_no_memory("to compare with other music");
    memcpy(a->text + a->n, tokens, n * sizeof *tokens);
    a->n += n;
    a->text[a->n] = END_TOKEN | a->n;
    a->n++;
    free(a->order);
    a->order = NULL;
    return TB_OK;
}

typedef struct {
    uint64_t key;
    uint32_t at;
} Item;

static int by_key(const void *a, const void *b) {
    const Item *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Sorts items[n] and ranks them: equal keys get the place of the first of them. Returns whether all ranks differ. */
static bool rank_group(Item *items, size_t n, size_t first, uint32_t *rank, uint32_t *order) {
    bool distinct = true;
    qsort(items, n, sizeof *items, by_key);
    for (size_t i = 0, group = 0; i < n; i++) {
        bool same = i > 0 && items[i].key == items[i - 1].key;
        group = same ? group : i;
        distinct = distinct && !same;
        order[first + i] = items[i].at;
        rank[items[i].at] = (uint32_t)(first + group);
    }
    return distinct;
}

/* Sorts by twice as many tokens: suffixes with equal ranks so far by the rank of what follows. New ranks are set only
 * after a group has been sorted by the old ones of others, or by new ones, which are finer. */
static bool double_length(size_t n, size_t length, uint32_t *rank, uint32_t *order, Item *items) {
    bool distinct = true;
    for (size_t first = 0, end; first < n; first = end) {
        uint32_t of_group = rank[order[first]];
        for (end = first + 1; end < n && rank[order[end]] == of_group; end++)
            ;
        if (end - first < 2)
            continue;
        for (size_t i = first; i < end; i++) {
            size_t next = order[i] + length;
            items[i - first] = (Item){next < n ? rank[next] + 1u : 0, order[i]};
        }
        distinct = rank_group(items, end - first, first, rank, order) && distinct;
    }
    return distinct;
}

TbStatus tbi_suffix_array_sort(SuffixArray *a) {
    if (a->order || a->n == 0)
        return TB_OK;
    TbArena scratch = {0};
    Item *items = tbi_arena_alloc(&scratch, a->n, sizeof *items);
    uint32_t *rank = tbi_arena_alloc(&scratch, a->n, sizeof *rank);
    uint32_t *order = rank ? malloc(a->n * sizeof *order) : NULL;
    if (!order) {
        tbi_arena_free(&scratch);
        return tbi_no_memory("to compare with other music");
    }
    for (size_t i = 0; i < a->n; i++)
        items[i] = (Item){a->text[i], (uint32_t)i};
    bool distinct = rank_group(items, a->n, 0, rank, order);
    for (size_t length = 1; !distinct && length < a->n; length *= 2)
        distinct = double_length(a->n, length, rank, order, items);
    tbi_arena_free(&scratch);
    a->order = order;
    return TB_OK;
}

/* Number of tokens that begin both. */
static size_t common(const SuffixArray *a, size_t at, const uint64_t *tokens, size_t n) {
    size_t i = 0;
    while (i < n && at + i < a->n && a->text[at + i] == tokens[i])
        i++;
    return i;
}

size_t tbi_suffix_array_longest(const SuffixArray *a, const uint64_t *tokens, size_t n, size_t *where) {
    size_t best = 0;
    for (size_t from = 0; from + best < n; from++) {
        const uint64_t *t = tokens + from;
        size_t left = n - from, low = 0, high = a->n;
        while (low < high) { /* the first suffix that is not less than t */
            size_t middle = (low + high) / 2, at = a->order[middle], k = common(a, at, t, left);
            bool less = k < left && (at + k >= a->n || a->text[at + k] < t[k]);
            if (k > best) {
                best = k;
                *where = at;
            }
            low = less ? middle + 1 : low;
            high = less ? high : middle;
        }
    }
    return best;
}

void tbi_suffix_array_free(SuffixArray *a) {
    free(a->text);
    free(a->order);
    *a = (SuffixArray){0};
}
