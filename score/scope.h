/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: the notes that an analysis looks at. */
#ifndef TIMBREL_SCORE_SCOPE_H
#define TIMBREL_SCORE_SCOPE_H

#include "base/arena.h"
#include "timbrel/score.h"

typedef struct {
    size_t n, n_onsets; /* notes, and distinct times at which they start */
    double mean_pitch;
    bool drums;
} PartFacts;

typedef struct {
    TbArena arena;       /* of the arrays */
    TbScoreNote *sorted; /* [n_notes] all notes, by part and then by time */
    size_t *first;       /* [n_parts + 1] where each part begins in `sorted` */
    PartFacts *facts;    /* [n_parts] */
    TbScoreNote *notes;  /* [n] those in scope, by part and then by time */
    size_t n;
    TbScoreNote *drums; /* [n_drums] */
    size_t n_drums;
    int melody, chords; /* parts; -1: none */
} Scope;

TB_NODISCARD TbStatus tbi_score_scope_new(const TbScore *score, TbScope which, Scope *scope);
void tbi_score_scope_free(Scope *scope);

/* Notes per onset. */
static inline double notes_per_onset(const PartFacts *f) {
    return (double)f->n / (double)(f->n_onsets ? f->n_onsets : 1);
}

/* Writes the highest note of each onset, in order of time, to top[n]; returns their number. `top` may be `notes`. */
size_t tbi_top_line(const TbScoreNote *notes, size_t n, TbScoreNote *top);

#endif
