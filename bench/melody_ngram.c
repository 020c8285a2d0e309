/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/melody_ngram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- counts of 64-bit keys ---- */

typedef struct {
    uint64_t key; /* 0: free */
    uint32_t total, types;
} Count;

typedef struct {
    Count *slot; /* [size], a power of two */
    size_t size, used;
} Counts;

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

/* ---- contexts ---- */

static uint64_t mix(uint64_t hash, uint64_t symbol) {
    hash = (hash ^ (symbol + 0x632BE59BD9B4E019u)) * 0xD6E8FEB86659FD93u;
    return (hash ^ hash >> 32) | 1;
}

enum { MOST_LEVELS = 11 };

/* Keys of the contexts of note i, from the shortest; returns how many. */
static int contexts(const MelodyExample *e, size_t i, MelodyField field, const NgramOptions *o, uint64_t *key) {
    const MelodyStep *s = &e->steps[i];
    int n = 0;
    uint64_t hash = 1;
    for (int f = 0; f < (int)field; f++)
        hash = mix(hash, (uint64_t)s->chosen[f]);
    key[n++] = hash;
    if (o->place)
        key[n++] = hash = mix(hash, 1000 + (uint64_t)s->place[field != MELODY_GAP]);
    if (o->chord && field == MELODY_PITCH)
        key[n++] = hash = mix(hash, 2000 + (uint64_t)s->chord[0]);
    for (size_t k = 1; k <= (size_t)o->notes; k++) {
        const MelodyStep *before = i >= k ? &e->steps[i - k] : NULL;
        for (int f = 0; f < (o->rhythm ? MELODY_PITCH : MELODY_FIELDS); f++)
            hash = mix(hash, before ? 3000 + (uint64_t)before->chosen[f] : 4000);
        key[n++] = hash;
    }
    for (int k = 0; k < n; k++)
        key[k] = mix(key[k], 5000 + (uint64_t)k);
    return n;
}

/* ---- the n-gram ---- */

static void learn(Counts *counts, const MelodyExample *e, MelodyField field, const NgramOptions *o) {
    uint64_t key[MOST_LEVELS];
    for (size_t i = 0; i < e->n; i++)
        for (int k = contexts(e, i, field, o, key) - 1; k >= 0; k--) {
            Count *both = need(counts, mix(key[k], (uint64_t)e->steps[i].chosen[field]));
            const bool known = both->total++ > 0;
            Count *context = need(counts, key[k]);
            context->total++;
            context->types += !known;
            if (known && o->continuation)
                break;
        }
}

static double probability(const Counts *counts, const MelodyExample *e, size_t i, MelodyField field,
                          const NgramOptions *o) {
    uint64_t key[MOST_LEVELS];
    const int n = contexts(e, i, field, o, key);
    double p = 1 / (double)melody_classes[field];
    for (int k = 0; k < n; k++) {
        const Count *context = find(counts, key[k]);
        if (!context->key)
            break;
        const Count *both = find(counts, mix(key[k], (uint64_t)e->steps[i].chosen[field]));
        p = (fmax((double)both->total - o->discount, 0) + o->discount * context->types * p) / context->total;
    }
    return p;
}

double ngram_nats(const MelodyExamples *learned, const MelodyExamples *tested, MelodyField field,
                  const NgramOptions *o) {
    Counts counts = {0};
    double nats = 0;
    resize(&counts, 1 << 16);
    for (size_t k = 0; k < learned->n; k++)
        learn(&counts, &learned->example[k], field, o);
    for (size_t k = 0; k < tested->n; k++)
        for (size_t i = 0; i < tested->example[k].n; i++)
            nats -= log(probability(&counts, &tested->example[k], i, field, o));
    free(counts.slot);
    return nats;
}

NgramOptions ngram_tune(const MelodyExamples *learned, const MelodyExamples *tested, MelodyField field, bool chord) {
    static const double discounts[] = {0.5, 0.7, 0.85, 0.95};
    NgramOptions best = {0};
    double least = INFINITY;
    for (int notes = 1; notes <= 6; notes++)
        for (int flags = 0; flags < 8; flags++)
            for (size_t d = 0; d < sizeof discounts / sizeof *discounts; d++) {
                const NgramOptions o = {notes, flags & 1, flags & 2, chord, flags & 4, discounts[d]};
                const double nats = ngram_nats(learned, tested, field, &o);
                if (nats < least)
                    least = nats, best = o;
            }
    return best;
}
