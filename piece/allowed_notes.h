/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: what a written note may be, so that nothing invalid can be drawn, and nothing drifts. */
#ifndef TIMBREL_PIECE_ALLOWED_NOTES_H
#define TIMBREL_PIECE_ALLOWED_NOTES_H

#include "piece/tokens.h"

/* How the writing of one role stands. */
typedef struct {
    TbRole role;
    int lowest, highest; /* MIDI */
    int32_t free_from;   /* the step from which a part of single notes is free */
    size_t n, outside;   /* notes so far, and those neither in the chord nor, but for chords, in the scale */
    size_t in_bar, most; /* notes of this bar; at most, up to PIECE_NOTES_A_BAR */
    size_t repeats;      /* of the last pitch */
    size_t rests;        /* bars without notes before this one */
    /* Of the span in work: */
    PieceSpan span;
    bool last_span;          /* of the bar */
    int32_t limit;           /* the step at which notes have to end */
    size_t in_span, at_once; /* notes so far; of them those at the last onset */
    PieceNote last;
} PieceGuard;

void tbi_piece_guard_bar(PieceGuard *guard); /* a bar begins */
/* A span begins. `end`: the last step of all. */
void tbi_piece_guard_span(PieceGuard *guard, const PieceView *view, size_t bar, size_t k, int32_t end);
void tbi_piece_guard_note(PieceGuard *guard, const PieceView *view, const PieceNote *note);

/* allowed[classes of the field]; label: the fields before it. One class or more is allowed. */
void tbi_piece_guard_allow(const PieceGuard *guard, const PieceView *view, PieceField field, const int32_t *label,
                           bool *allowed);

enum { PIECE_NOTES_A_BAR = 48 /* of a part, at most */ };

#endif
