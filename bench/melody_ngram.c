/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/melody_ngram.h"
#include "bench/counts.h"

#include <math.h>

/* ---- contexts ---- */

enum { MOST_LEVELS = 11 };

/* Keys of the contexts of note i, from the shortest; returns how many. */
static int contexts(const MelodyExample *e, size_t i, MelodyField field, const NgramOptions *o, uint64_t *key) {
    const MelodyStep *s = &e->steps[i];
    int n = 0;
    uint64_t hash = 1;
    for (int f = 0; f < (int)field; f++)
        hash = counts_mix(hash, (uint64_t)s->chosen[f]);
    key[n++] = hash;
    if (o->place)
        key[n++] = hash = counts_mix(hash, 1000 + (uint64_t)s->place[field != MELODY_GAP]);
    if (o->chord && field == MELODY_PITCH)
        key[n++] = hash = counts_mix(hash, 2000 + (uint64_t)s->chord[0]);
    for (size_t k = 1; k <= (size_t)o->notes; k++) {
        const MelodyStep *before = i >= k ? &e->steps[i - k] : NULL;
        for (int f = 0; f < (o->rhythm ? MELODY_PITCH : MELODY_FIELDS); f++)
            hash = counts_mix(hash, before ? 3000 + (uint64_t)before->chosen[f] : 4000);
        key[n++] = hash;
    }
    return counts_by_length(key, n, 5000);
}

/* ---- the n-gram ---- */

static void learn(Counts *counts, const MelodyExample *e, MelodyField field, const NgramOptions *o) {
    uint64_t key[MOST_LEVELS];
    for (size_t i = 0; i < e->n; i++)
        counts_learn(counts, key, contexts(e, i, field, o, key), (uint64_t)e->steps[i].chosen[field], o->continuation);
}

static double probability(const Counts *counts, const MelodyExample *e, size_t i, MelodyField field,
                          const NgramOptions *o) {
    uint64_t key[MOST_LEVELS];
    const int n = contexts(e, i, field, o, key);
    return counts_probability(counts, key, n, (uint64_t)e->steps[i].chosen[field], 1 / (double)melody_classes[field],
                              o->discount);
}

double ngram_nats(const MelodyExamples *learned, const MelodyExamples *tested, MelodyField field,
                  const NgramOptions *o) {
    Counts counts = {0};
    double nats = 0;
    for (size_t k = 0; k < learned->n; k++)
        learn(&counts, &learned->example[k], field, o);
    for (size_t k = 0; k < tested->n; k++)
        for (size_t i = 0; i < tested->example[k].n; i++)
            nats -= log(probability(&counts, &tested->example[k], i, field, o));
    counts_free(&counts);
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
