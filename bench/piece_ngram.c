/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/piece_ngram.h"
#include "bench/counts.h"
#include "piece/window.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- events ---- */

static void push(NgramEvents *e, const NgramEvent *event) {
    if (e->n == e->room) {
        e->room = e->room ? 2 * e->room : 1024;
        e->event = realloc(e->event, e->room * sizeof *e->event);
        if (!e->event) {
            fprintf(stderr, "There is not enough memory for an n-gram.\n");
            exit(1);
        }
    }
    e->event[e->n++] = *event;
    e->n_notes += event->label[PIECE_PITCH] >= 0;
}

/* The highest note of other parts that has started last, at a step or before it in the same bar. */
static int32_t other_pitch(const PieceView *v, TbRole role, int32_t line, int32_t step) {
    int32_t best = -1, latest = line - 1;
    for (size_t i = 0; i < v->n_parts && v->order[i] != role; i++) {
        const PieceLine *part = v->line[v->order[i]];
        const size_t end = tbi_piece_find(part, step + 1);
        if (v->order[i] == TB_ROLE_DRUMS || end == 0 || part->notes[end - 1].onset <= latest)
            continue;
        latest = part->notes[end - 1].onset;
        best = part->notes[end - 1].pitch - v->piece->shift;
    }
    return best;
}

static void add_span(NgramEvents *e, const PieceView *v, TbRole role, size_t bar, size_t k,
                     int32_t before[NGRAM_BEFORE][PIECE_PREDICTED]) {
    const PieceSpan span = tbi_piece_span(v, bar, k);
    const PieceLine *line = v->line[role];
    const int32_t bar_line = v->piece->line[bar];
    const size_t first = tbi_piece_find(line, span.start), end = tbi_piece_find(line, span.end);
    int32_t opening[PIECE_FIELDS];
    tbi_piece_opening(v, role, bar, k, opening);
    NgramEvent event = {.role = (int32_t)role,
                        .metre = opening[PIECE_METRE],
                        .chord = opening[PIECE_ROOT] * TB_CHORD_KINDS + opening[PIECE_CHORD],
                        .next = opening[PIECE_NEXT],
                        .start = opening[PIECE_PLACE]};
    for (size_t i = first; i <= end; i++) {
        tbi_piece_label(v, role, &span, i < end ? &line->notes[i] : NULL, line->flat, event.label);
        memcpy(event.before, before, sizeof event.before);
        event.other = other_pitch(v, role, bar_line, bar_line + (i < end ? event.label[PIECE_PLACE] : event.start));
        push(e, &event);
        memmove(before[1], before[0], (NGRAM_BEFORE - 1) * sizeof before[0]);
        memcpy(before[0], event.label, sizeof before[0]);
        event.start = event.label[PIECE_PLACE];
    }
}

void ngram_events_add(NgramEvents *e, const Piece *piece) {
    PieceView v;
    int32_t before[TB_PIECE_ROLES][NGRAM_BEFORE][PIECE_PREDICTED];
    tbi_piece_view_all(piece, &v);
    for (int r = 0; r < TB_PIECE_ROLES; r++)
        for (int i = 0; i < NGRAM_BEFORE; i++)
            for (int f = 0; f < PIECE_PREDICTED; f++)
                before[r][i][f] = -2;
    for (size_t bar = 0; bar < piece->n_bars; bar++)
        for (size_t k = 0; piece->metre[bar] < PIECE_METRES && k < tbi_piece_n_spans(&v, bar); k++)
            for (size_t i = 0; i < v.n_parts; i++)
                add_span(e, &v, v.order[i], bar, k, before[v.order[i]]);
}

void ngram_events_free(NgramEvents *e) {
    free(e->event);
    *e = (NgramEvents){0};
}

/* ---- contexts ---- */

enum { MOST_LEVELS = 6 + NGRAM_BEFORE };

/* Keys of the contexts of a field, from the shortest; returns how many. */
static int contexts(const NgramEvent *e, PieceField field, const NgramOptions *o, uint64_t *key) {
    int n = 0;
    uint64_t hash = counts_mix(1, (uint64_t)e->role);
    for (int f = 0; f < (int)field; f++)
        if (f != PIECE_VELOCITY)
            hash = counts_mix(hash, (uint64_t)(e->label[f] + 10));
    key[n++] = hash;
    key[n++] = hash = counts_mix(hash, 1000 + (uint64_t)e->metre);
    if (field == PIECE_PLACE)
        key[n++] = hash = counts_mix(hash, 1500 + (uint64_t)e->start);
    if (o->chord)
        key[n++] = hash = counts_mix(hash, 2000 + (uint64_t)e->chord);
    if (o->other)
        key[n++] = hash = counts_mix(hash, 6000 + (uint64_t)(e->other + 1));
    for (int k = 0; k < o->notes; k++) {
        for (int f = 0; f < PIECE_VELOCITY + (field == PIECE_VELOCITY); f++)
            if (!o->rhythm || f != PIECE_PITCH)
                hash = counts_mix(hash, 3000 + (uint64_t)(e->before[k][f] + 10));
        key[n++] = hash;
    }
    return counts_by_length(key, n, 9000);
}

/* ---- the n-gram ---- */

static void learn(Counts *counts, const NgramEvents *e, PieceField field, const NgramOptions *o) {
    uint64_t key[MOST_LEVELS];
    for (size_t i = 0; i < e->n; i++)
        if (e->event[i].label[field] >= 0)
            counts_learn(counts, key, contexts(&e->event[i], field, o, key), (uint64_t)e->event[i].label[field],
                         o->continuation);
}

double ngram_nats(const NgramEvents *learned, const NgramEvents *tested, PieceField field, const NgramOptions *o) {
    Counts counts = {0};
    uint64_t key[MOST_LEVELS];
    double nats = 0;
    learn(&counts, learned, field, o);
    for (size_t i = 0; i < tested->n; i++)
        if (tested->event[i].label[field] >= 0) {
            const int n = contexts(&tested->event[i], field, o, key);
            nats -= log(counts_probability(&counts, key, n, (uint64_t)tested->event[i].label[field],
                                           1 / (double)tbi_piece_classes[field], o->discount));
        }
    counts_free(&counts);
    return nats;
}

NgramOptions ngram_tune(const NgramEvents *learned, const NgramEvents *tested, PieceField field) {
    static const double discounts[] = {0.8, 0.5, 0.65, 0.9};
    NgramOptions best = {0};
    double least = INFINITY;
    for (size_t d = 0; d < sizeof discounts / sizeof *discounts; d++)
        for (int flags = 0; flags < 16; flags++)
            for (int notes = 1; notes <= NGRAM_BEFORE; notes++) {
                NgramOptions o = {notes, flags & 1, flags & 2, flags & 4, flags & 8, discounts[d]};
                if (d > 0) { /* the others for the best of the first */
                    o = best;
                    o.discount = discounts[d];
                    flags = 16, notes = NGRAM_BEFORE;
                }
                const double nats = ngram_nats(learned, tested, field, &o);
                if (nats < least)
                    least = nats, best = o;
            }
    return best;
}
