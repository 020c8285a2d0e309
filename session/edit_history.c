/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/edit_history.h"
#include "base/no_memory.h"

#include <stdlib.h>
#include <string.h>

#define MERGE_SECONDS 1.0 /* seconds without movement after which a new undo step begins */

TbStatus tbi_edit_history_new(EditHistory *h) {
    *h = (EditHistory){.step = calloc(EDIT_HISTORY_STEPS, sizeof *h->step)};
    return h->step ? TB_OK : tbi_no_memory("for the undo history");
}

void tbi_edit_history_start(EditHistory *h, const TbPreset *first) {
    h->n = 1;
    h->step[0] = (Edit){.preset = *first, .control = -1};
}

void tbi_edit_history_free(EditHistory *h) {
    free(h->step);
    *h = (EditHistory){0};
}

void tbi_edit_history_add(EditHistory *h, const TbPreset *preset, bool changed) {
    if (h->now + 1 == EDIT_HISTORY_STEPS) { /* drop the oldest */
        memmove(h->step, h->step + 1, (EDIT_HISTORY_STEPS - 1) * sizeof *h->step);
        h->now--;
    }
    h->now++;
    h->n = h->now + 1;
    *edit_history_now(h) = (Edit){.preset = *preset, .changed = changed, .control = -1};
}

void tbi_edit_history_move(EditHistory *h, TbControl control, float value, double seconds) {
    int moved = control == TB_CONTROL_Y ? TB_CONTROL_X : (int)control;
    Edit *s = edit_history_now(h);
    if (s->control != moved || seconds - s->touched > MERGE_SECONDS || h->now + 1 < h->n) {
        TbPreset preset = s->preset; /* copied: tbi_edit_history_add may move what s points to */
        tbi_edit_history_add(h, &preset, true);
        s = edit_history_now(h);
        s->control = moved;
    }
    s->preset.control[control] = value;
    s->changed = true;
    s->touched = seconds;
}

void tbi_edit_history_saved(EditHistory *h) {
    for (int i = 0; i < h->n; i++)
        h->step[i].changed = i != h->now;
}
