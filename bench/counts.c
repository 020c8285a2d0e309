/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/counts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static Count *find(const Counts *c, uint64_t key) {
    size_t i = (key * 0x9E3779B97F4A7C15u) >> 20 & (c->size - 1);
    while (c->slot[i].key && c->slot[i].key != key)
        i = (i + 1) & (c->size - 1);
    return &c->slot[i];
}

static void resize(Counts *c, size_t size) {
    Counts old = *c;
    c->size = size;
    c->slot = calloc(size, sizeof *c->slot);
    if (!c->slot) {
        fprintf(stderr, "There is not enough memory for an n-gram.\n");
        exit(1);
    }
    for (size_t i = 0; i < old.size; i++)
        if (old.slot[i].key)
            *find(c, old.slot[i].key) = old.slot[i];
    free(old.slot);
}

static Count *need(Counts *c, uint64_t key) {
    if (c->used * 2 >= c->size)
        resize(c, c->size ? 2 * c->size : 1024);
    Count *slot = find(c, key);
    if (!slot->key) {
        slot->key = key;
        c->used++;
    }
    return slot;
}

void counts_free(Counts *c) {
    free(c->slot);
    *c = (Counts){0};
}

void counts_learn(Counts *c, const uint64_t *context, int n, uint64_t symbol, bool continuation) {
    for (int k = n - 1; k >= 0; k--) {
        Count *both = need(c, counts_mix(context[k], symbol));
        const bool known = both->total++ > 0;
        Count *before = need(c, context[k]);
        before->total++;
        before->types += !known;
        if (known && continuation)
            break;
    }
}

double counts_probability(const Counts *c, const uint64_t *context, int n, uint64_t symbol, double least,
                          double discount) {
    double p = least;
    for (int k = 0; k < n && c->size > 0; k++) {
        const Count *before = find(c, context[k]);
        if (!before->key)
            break;
        const Count *both = find(c, counts_mix(context[k], symbol));
        p = (fmax((double)both->total - discount, 0) + discount * before->types * p) / before->total;
    }
    return p;
}
