/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts of 64-bit keys, and n-grams on them: interpolation by absolute discounting, with or without Kneser and Ney's
 * counts for shorter contexts (Chen and Goodman 1999). */
#ifndef TIMBREL_BENCH_COUNTS_H
#define TIMBREL_BENCH_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t key; /* 0: free */
    uint32_t total, types;
} Count;

/* Begins as {0}. What needs memory ends the program without it. */
typedef struct {
    Count *slot; /* [size], a power of two */
    size_t size, used;
} Counts;

void counts_free(Counts *counts);

/* Mixes a symbol into the key of a context; never 0. */
static inline uint64_t counts_mix(uint64_t hash, uint64_t symbol) {
    hash = (hash ^ (symbol + 0x632BE59BD9B4E019u)) * 0xD6E8FEB86659FD93u;
    return (hash ^ hash >> 32) | 1;
}

/* Tells n contexts of different lengths apart, also when they hold the same symbols; returns n. */
static inline int counts_by_length(uint64_t *context, int n, uint64_t salt) {
    for (int k = 0; k < n; k++)
        context[k] = counts_mix(context[k], salt + (uint64_t)k);
    return n;
}

/* A symbol after n contexts, from the shortest. continuation: Kneser and Ney's counts. */
void counts_learn(Counts *counts, const uint64_t *context, int n, uint64_t symbol, bool continuation);
/* Its probability; `least` without any context. */
double counts_probability(const Counts *counts, const uint64_t *context, int n, uint64_t symbol, double least,
                          double discount);

#endif
