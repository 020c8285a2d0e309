/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: melodies to learn from. */
#ifndef TIMBREL_MELODY_SET_H
#define TIMBREL_MELODY_SET_H

#include "melody/context.h"
#include "melody/plan.h"

enum { MELODY_LONGEST = 512 /* notes of an example; longer melodies are cut at a bar line */ };

typedef struct {
    MelodyStep *steps; /* owned */
    size_t n;
    bool chords; /* it has any */
    TbMelody melody;
} MelodyExample;

typedef struct {
    MelodyExample *example;
    size_t n, room, n_notes;
} MelodyExamples;

struct TbMelodySet {
    MelodyExamples part[2]; /* to learn from, held out */
};

#endif
