/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An n-gram of notes, interpolated by absolute discounting, with or without Kneser and Ney's counts for shorter
 * contexts (Chen and Goodman 1999); for comparison with the network. Each field of a note is predicted from those
 * before it in the note, the place in the bar, the chord, and the notes before. */
#ifndef TIMBREL_BENCH_MELODY_NGRAM_H
#define TIMBREL_BENCH_MELODY_NGRAM_H

#include "melody/set.h"

typedef struct {
    int notes;         /* before this one: 0 .. 7 */
    bool place;        /* in the bar, for all but the shortest context */
    bool rhythm;       /* of the notes before, only gaps and durations count */
    bool chord;        /* of the note's onset; told of a pitch alone */
    bool continuation; /* Kneser and Ney's counts */
    double discount;
} NgramOptions;

/* Nats of the field in the tested examples, in all, when learned from the others. Ends the program without memory. */
double ngram_nats(const MelodyExamples *learned, const MelodyExamples *tested, MelodyField field,
                  const NgramOptions *options);

/* The options with the fewest nats in the tested examples. */
NgramOptions ngram_tune(const MelodyExamples *learned, const MelodyExamples *tested, MelodyField field, bool chord);

#endif
