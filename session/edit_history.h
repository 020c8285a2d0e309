/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of session/: what was done, step by step, to be undone and done again. */
#ifndef TIMBREL_SESSION_EDIT_HISTORY_H
#define TIMBREL_SESSION_EDIT_HISTORY_H

#include "timbrel/session.h"

enum { EDIT_HISTORY_STEPS = 200 }; /* steps that are kept; 0.6 megabytes */

typedef struct {
    TbPreset preset;
    bool changed;   /* since it was loaded or saved */
    int control;    /* the one whose movement made this step, -1: something else did */
    double touched; /* seconds: when it was moved last */
} Edit;

/* The step at `now` is what stands; those behind it were undone. */
typedef struct {
    Edit *step; /* [HISTORY], owned */
    int n, now;
} EditHistory;

TB_NODISCARD TbStatus tbi_edit_history_new(EditHistory *h); /* room for all steps; n is 0 */
void tbi_edit_history_start(EditHistory *h, const TbPreset *first);
void tbi_edit_history_free(EditHistory *h);
/* What stands becomes another; what had been undone is forgotten. */
void tbi_edit_history_add(EditHistory *h, const TbPreset *preset, bool changed);
/* A control has moved: a step of its own, unless the step before is the same movement, going on. x and y of the pad are
 * one. seconds: now. */
void tbi_edit_history_move(EditHistory *h, TbControl control, float value, double seconds);
/* What stands has been saved: all else differs from it. */
void tbi_edit_history_saved(EditHistory *h);

static inline Edit *edit_history_now(const EditHistory *h) {
    return &h->step[h->now];
}

#endif
