/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An n-gram of the notes of parts, interpolated by absolute discounting, with or without Kneser and Ney's counts for
 * shorter contexts (Chen and Goodman 1999); for comparison with the network of pieces. It is told what the network is:
 * each field of a note, or that no more come before the chord or the bar ends, is predicted from the part's role, the
 * fields before it, the metre, the chord, the notes of the same part before, and what the other parts play there. */
#ifndef TIMBREL_BENCH_PIECE_NGRAM_H
#define TIMBREL_BENCH_PIECE_NGRAM_H

#include "piece/tokens.h"

enum { NGRAM_BEFORE = 4 /* notes: a 5-gram */ };

/* What is predicted, and from what. */
typedef struct {
    int32_t label[PIECE_PREDICTED];
    int32_t before[NGRAM_BEFORE][PIECE_PREDICTED]; /* of the same part, the last one first; -2: there is none */
    int32_t role, metre, chord, next, start;       /* start: of the bar, the step from which notes can come */
    int32_t other;                                 /* the last pitch before it of any other part */
} NgramEvent;

typedef struct {
    NgramEvent *event;
    size_t n, room, n_notes;
} NgramEvents;

void ngram_events_add(NgramEvents *events, const Piece *piece); /* parts as tbi_piece_view_all has them */
void ngram_events_free(NgramEvents *events);

typedef struct {
    int notes;                               /* before: 0 .. NGRAM_BEFORE */
    bool chord, rhythm, other, continuation; /* told of chords; of notes before only place and duration counts */
    double discount;
} NgramOptions;

/* Nats of the field in the tested events, in all, when learned from the others. Ends the program without memory. */
double ngram_nats(const NgramEvents *learned, const NgramEvents *tested, PieceField field, const NgramOptions *options);

/* The options with the fewest nats in the tested events. */
NgramOptions ngram_tune(const NgramEvents *learned, const NgramEvents *tested, PieceField field);

#endif
