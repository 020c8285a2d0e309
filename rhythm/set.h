/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: patterns to learn from, and what of them is given. */
#ifndef TIMBREL_RHYTHM_SET_H
#define TIMBREL_RHYTHM_SET_H

#include "rhythm/network.h"

typedef struct {
    TbRhythm pattern;
    int style, group;
} RhythmExample;

typedef struct {
    RhythmExample *example; /* [n], owned */
    size_t n, room;
} RhythmExamples;

struct TbRhythmSet {
    RhythmExamples part[2]; /* to learn from, held out */
};

/* What the network is asked to do with a pattern. */
typedef enum { RHYTHM_RECONSTRUCT, RHYTHM_HUMANISE, RHYTHM_FILL, RHYTHM_TAPS, RHYTHM_TASKS } RhythmTask;

/* A task and what belongs to it. The item points into it. */
typedef struct {
    RhythmGiven seen, told;
    TbDrumHit tap[TB_RHYTHM_STEPS];
    RhythmItem item;
} RhythmLesson;

void tbi_rhythm_give(RhythmGiven *given, Given what); /* of all cells */
/* tap[TB_RHYTHM_STEPS]: the loudest hit of each step. */
void tbi_rhythm_taps(const TbRhythm *pattern, TbDrumHit *tap);
/* A random task of this kind. whole: the encoder sees the whole pattern, and not only what the decoder is told. */
void tbi_rhythm_lesson(const RhythmExample *example, RhythmTask task, bool whole, TbRng *rng, RhythmLesson *lesson);

#endif
