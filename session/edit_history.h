/* Inside of session/: what was done, step by step, to be undone and done again.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_SESSION_EDIT_HISTORY_H
#define TIMBREL_SESSION_EDIT_HISTORY_H

#include "timbrel/session.h"

enum { HISTORY = 200 }; /* steps that are kept; 0.6 megabytes */

typedef struct {
    TbPreset preset;
    bool changed;   /* since it was loaded or saved */
    int control;    /* the one whose movement made this step, -1: something else did */
    double touched; /* seconds: when it was moved last */
} Step;

/* The step at `now` is what stands; those behind it were undone. */
typedef struct {
    Step *step; /* [HISTORY], owned */
    int n, now;
} History;

TB_NODISCARD TbStatus history_new(History *h); /* room for all steps; n is 0 */
void history_start(History *h, const TbPreset *first);
void history_free(History *h);
/* What stands becomes another; what had been undone is forgotten. */
void history_add(History *h, const TbPreset *preset, bool changed);
/* A control has moved: a step of its own, unless the step before is the same movement, going on. x and y of the pad are
 * one. seconds: now. */
void history_move(History *h, TbControl control, float value, double seconds);
/* What stands has been saved: all else differs from it. */
void history_saved(History *h);

static inline Step *history_now(const History *h) {
    return &h->step[h->now];
}

#endif
