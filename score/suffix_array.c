/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score/suffix_array.h"
#include "base/arena.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <stdlib.h>

enum { GRAM = 4 /* tokens of a run that is looked up in a table */, GRAM_BITS = 16 };

TbStatus tbi_suffix_array_add(SuffixArray *a, const uint64_t *tokens, size_t n) {
    if (a->n + n + 1 > UINT32_MAX / 2)
        return tb_fail(TB_ERR_UNSUPPORTED, "There is too much music to compare with.");
    if (!tbi_grow(&a->text, a->n + n + 1, &a->room))
        return tbi_no_memory("to compare with other music");
    memcpy(a->text + a->n, tokens, n * sizeof *tokens);
    a->n += n;
    a->text[a->n] = TBI_END_TOKEN | a->n;
    a->n++;
    free(a->order);
    a->order = NULL;
    return TB_OK;
}

static uint32_t hash_of_gram(const uint64_t *tokens) {
    uint64_t h = 0;
    for (int i = 0; i < GRAM; i++)
        h = (h ^ tokens[i]) * 0x9E3779B97F4A7C15u, h ^= h >> 32;
    return (uint32_t)(h >> (64 - GRAM_BITS));
}

/* false: none of the text's runs of GRAM tokens is this one. */
static bool may_have(const SuffixArray *a, const uint64_t *gram) {
    const uint32_t h = hash_of_gram(gram);
    return a->grams[h / 64] >> h % 64 & 1;
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
    free(a->grams);
    a->grams = calloc((1 << GRAM_BITS) / 64, sizeof *a->grams);
    if (!order || !a->grams) {
        free(order);
        tbi_arena_free(&scratch);
        return tbi_no_memory("to compare with other music");
    }
    for (size_t i = 0; i < a->n; i++)
        items[i] = (Item){a->text[i], (uint32_t)i};
    bool distinct = rank_group(items, a->n, 0, rank, order);
    for (size_t length = 1; !distinct && length < a->n; length *= 2)
        distinct = double_length(a->n, length, rank, order, items);
    tbi_arena_free(&scratch);
    for (size_t i = 0; i + GRAM <= a->n; i++) {
        const uint32_t h = hash_of_gram(a->text + i);
        a->grams[h / 64] |= (uint64_t)1 << h % 64;
    }
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

/* The longest run that begins tokens[n]: by bisection for the first suffix that is not less. */
static size_t longest_at(const SuffixArray *a, const uint64_t *tokens, size_t n) {
    size_t best = 0, low = 0, high = a->n;
    while (low < high) {
        const size_t middle = (low + high) / 2, at = a->order[middle], k = common(a, at, tokens, n);
        const bool less = k < n && (at + k >= a->n || a->text[at + k] < tokens[k]);
        best = k > best ? k : best;
        low = less ? middle + 1 : low;
        high = less ? high : middle;
    }
    return best;
}

/* The first place from `from` on where a run of n tokens may begin: all its grams must be in the table. They are looked
 * up from the end of the run on, so that one that is missing rules out many places. */
static size_t next_place(const SuffixArray *a, const uint64_t *text, size_t n_text, size_t from, size_t n) {
    if (n < GRAM)
        return from;
    size_t end = from + n - GRAM + 1;
    while (end > from && from + n <= n_text)
        if (!may_have(a, text + --end)) {
            from = end + 1;
            end = from + n - GRAM + 1;
        }
    return from;
}

size_t tbi_suffix_array_longest(const SuffixArray *a, const uint64_t *text, size_t n, size_t *where) {
    size_t best = 0;
    for (size_t from = 0; from + best < n; from++) {
        from = next_place(a, text, n, from, best + 1);
        if (from + best >= n)
            break;
        const size_t k = longest_at(a, text + from, n - from);
        if (k > best) {
            best = k;
            *where = from;
        }
    }
    return best;
}

void tbi_suffix_array_free(SuffixArray *a) {
    free(a->text);
    free(a->order);
    free(a->grams);
    *a = (SuffixArray){0};
}
