/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: the undo history. */
#ifndef TIMBREL_SESSION_EDIT_HISTORY_H
#define TIMBREL_SESSION_EDIT_HISTORY_H

#include "timbrel/session.h"

enum { EDIT_HISTORY_STEPS = 200 }; /* 0.6 megabytes */

typedef struct {
    TbPreset preset;
    bool changed;   /* since the last load or save */
    int control;    /* the control whose movement made this step; -1: another edit */
    double touched; /* time of its last movement, in seconds */
} Edit;

/* Step `now` is current; later ones have been undone. */
typedef struct {
    Edit *step; /* [EDIT_HISTORY_STEPS], owned */
    int n, now;
} EditHistory;

TB_NODISCARD TbStatus tbi_edit_history_new(EditHistory *h); /* allocates all steps; n is 0 */
void tbi_edit_history_start(EditHistory *h, const TbPreset *first);
void tbi_edit_history_free(EditHistory *h);
/* Makes `preset` the current step; drops the steps that have been undone. */
void tbi_edit_history_add(EditHistory *h, const TbPreset *preset, bool changed);
/* Records a control movement: a new step, unless it continues the movement of the current one. x and y of the pad count
 * as one control. seconds: the current time. */
void tbi_edit_history_move(EditHistory *h, TbControl control, float value, double seconds);
/* The current step has been saved: all others now differ from the file. */
void tbi_edit_history_saved(EditHistory *h);

static inline Edit *edit_history_now(const EditHistory *h) {
    return &h->step[h->now];
}

#endif
