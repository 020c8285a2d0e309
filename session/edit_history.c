// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/edit_history.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE 1.0 /* seconds without a movement, after which the next one is another */

TbStatus history_new(History *h) {
    *h = (History){.step = calloc(HISTORY, sizeof *h->step)};
    return h->step ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the undo history.");
}

void history_start(History *h, const TbPreset *first) {
    h->n = 1;
    h->step[0] = (Step){.preset = *first, .control = -1};
}

void history_free(History *h) {
    free(h->step);
    *h = (History){0};
}

void history_add(History *h, const TbPreset *preset, bool changed) {
    if (h->now + 1 == HISTORY) { /* the first is forgotten */
        memmove(h->step, h->step + 1, (HISTORY - 1) * sizeof *h->step);
        h->now--;
    }
    h->now++;
    h->n = h->now + 1;
    *history_now(h) = (Step){.preset = *preset, .changed = changed, .control = -1};
}

void history_move(History *h, TbControl control, float value, double seconds) {
    int moved = control == TB_CONTROL_Y ? TB_CONTROL_X : (int)control;
    Step *s = history_now(h);
    if (s->control != moved || seconds - s->touched > PAUSE || h->now + 1 < h->n) {
        TbPreset preset = s->preset; /* history_add may move what s points to */
        history_add(h, &preset, true);
        s = history_now(h);
        s->control = moved;
    }
    s->preset.control[control] = value;
    s->changed = true;
    s->touched = seconds;
}

void history_saved(History *h) {
    for (int i = 0; i < h->n; i++) {
        h->step[i].changed = i != h->now;
    }
}
