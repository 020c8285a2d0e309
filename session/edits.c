// SPDX-License-Identifier: GPL-3.0-or-later
/* What hands do to a stage, and the way back: wishes, movements, undo, compare. */
#include "session/internal.h"
#include "session/preset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOTICED 1e-3f /* of a control's range: a smaller movement is none */

/* ---- with the lock held ---- */

static bool same_sounds(const TbPreset *a, const TbPreset *b) {
    bool same = a->n_sounds == b->n_sounds && strcmp(a->model, b->model) == 0;
    for (int i = 0; same && i < a->n_sounds; i++) {
        same = strcmp(a->sound[i], b->sound[i]) == 0;
    }
    return same;
}

void stage_trouble(TbStage *s, TbStatus status) {
    s->status = status;
    snprintf(s->trouble, sizeof s->trouble, "%s", tb_error_text(status));
    for (size_t n = strlen(s->trouble); n > 0 && !preset_plain(s->trouble, sizeof s->trouble);) {
        s->trouble[--n] = 0; /* no half letters */
    }
    s->changes++;
}

bool stage_fulfil(TbStage *s, TbEngine *engine, const TbInstrument *const *corner) {
    Wish *w = &s->wish;
    History *h = &s->side[w->b];
    if (engine ? tb_live_engine(s->options.live, engine) != TB_OK
               : corner && tb_live_corners(s->options.live, corner, w->preset.n_sounds) != TB_OK) {
        return false;
    }
    s->heard = w->preset;
    s->b = w->b;
    for (int i = 0; w->controls && i < TB_CONTROLS; i++) {
        tb_live_set(s->options.live, (TbControl)i, w->preset.control[i]);
    }
    if (w->step >= 0) {
        h->now = w->step;
    } else {
        if (!w->controls) {
            memcpy(w->preset.control, history_now(h)->preset.control, sizeof w->preset.control);
        }
        history_add(h, &w->preset, w->changed);
    }
    w->pending = false;
    s->status = TB_OK;
    s->trouble[0] = 0;
    s->changes++;
    return true;
}

/* The newest wish is the one that counts. What needs no loading is done at once. */
void stage_wish(TbStage *s, const Wish *w) {
    uint64_t serial = s->wish.serial + 1;
    bool heard = same_sounds(&w->preset, &s->heard);
    s->wish = *w;
    s->wish.serial = serial;
    s->wish.pending = true;
    if (heard) {
        stage_fulfil(s, NULL, NULL);
    } else {
        pthread_cond_signal(&s->wake);
    }
}

static void moved(TbStage *s, TbControl control, float value, double seconds) {
    history_move(stage_side(s), control, value, seconds);
    s->wish.step = s->wish.b == s->b ? -1 : s->wish.step; /* the steps it may have meant have moved on */
}

/* Hands that went past the stage (MIDI, the terminal's keys) are noticed by where the controls stand. */
void stage_notice(TbStage *s) {
    double seconds = stage_now();
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *info = tb_control_info((TbControl)i);
        float value = tb_live_get(s->options.live, (TbControl)i);
        float before = history_now(stage_side(s))->preset.control[i];
        if (fabsf(value - before) > NOTICED * (info->high - info->low)) {
            moved(s, (TbControl)i, value, seconds);
        }
    }
}

void stage_go_to(TbStage *s, int b, int step) {
    stage_wish(s, &(Wish){.preset = s->side[b].step[step].preset, .controls = true, .b = b, .step = step});
}

/* Where undo and redo count from: what is on its way already stands for them. */
static int place(TbStage *s) {
    return s->wish.pending && s->wish.step >= 0 ? s->wish.step : s->side[stage_goes_to(s)].now;
}

static bool new_wish(const TbStage *s) {
    return s->wish.pending && s->wish.step < 0;
}

bool stage_can_undo(TbStage *s) {
    return new_wish(s) || place(s) > 0;
}

bool stage_can_redo(TbStage *s) {
    return !new_wish(s) && place(s) + 1 < s->side[stage_goes_to(s)].n;
}

/* ---- what is asked for ---- */

static TbStatus change_sound(TbPreset *p, int corner, const char *name) {
    if (corner < 0 || corner > p->n_sounds || corner >= TB_PARTS) {
        return tb_fail(TB_ERR_ARGUMENT, "There is no corner %d of the pad; there are %d sounds, and at most %d.",
                       corner + 1, p->n_sounds, TB_PARTS);
    }
    if (*name) {
        if (strlen(name) >= TB_SOUND_NAME) {
            return tb_fail(TB_ERR_ARGUMENT, "The name of this sound is too long.");
        }
        snprintf(p->sound[corner], sizeof p->sound[corner], "%s", name);
        p->n_sounds += corner == p->n_sounds;
    } else if (corner < p->n_sounds && p->n_sounds > 1) {
        memmove(p->sound[corner], p->sound[corner + 1], (size_t)(p->n_sounds - corner - 1) * sizeof p->sound[0]);
        p->n_sounds--;
    } else {
        return tb_fail(TB_ERR_ARGUMENT, "The last sound cannot be removed; put another in its place.");
    }
    return preset_check(p, TB_ERR_ARGUMENT);
}

TbStatus tb_stage_sound(TbStage *s, int corner, const char *name) {
    pthread_mutex_lock(&s->lock);
    stage_notice(s);
    Wish w = s->wish; /* two changes may be on their way together */
    if (!w.pending) {
        w = (Wish){.preset = history_now(stage_side(s))->preset, .b = s->b};
    }
    w.step = -1;
    w.changed = true;
    TbStatus status = change_sound(&w.preset, corner, name);
    if (status == TB_OK) {
        stage_wish(s, &w);
    } else {
        stage_trouble(s, status);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

bool tb_stage_set(TbStage *s, TbControl control, float value) {
    if ((int)control < 0 || control >= TB_CONTROLS || isnan(value)) {
        return false;
    }
    const TbControlInfo *info = tb_control_info(control);
    value = fminf(fmaxf(value, info->low), info->high);
    pthread_mutex_lock(&s->lock);
    tb_live_set(s->options.live, control, value);
    moved(s, control, value, stage_now());
    pthread_mutex_unlock(&s->lock);
    return true;
}

bool tb_stage_undo(TbStage *s) {
    pthread_mutex_lock(&s->lock);
    stage_notice(s);
    bool can = stage_can_undo(s);
    if (new_wish(s)) { /* it has not happened yet */
        s->wish.pending = false;
        s->changes++;
    } else if (can) {
        stage_go_to(s, stage_goes_to(s), place(s) - 1);
    }
    pthread_mutex_unlock(&s->lock);
    return can;
}

bool tb_stage_redo(TbStage *s) {
    pthread_mutex_lock(&s->lock);
    stage_notice(s);
    bool can = stage_can_redo(s);
    if (can) {
        stage_go_to(s, stage_goes_to(s), place(s) + 1);
    }
    pthread_mutex_unlock(&s->lock);
    return can;
}

void tb_stage_compare(TbStage *s, bool b) {
    pthread_mutex_lock(&s->lock);
    stage_notice(s);
    const Step *from = history_now(stage_side(s));
    History *to = &s->side[b];
    if (to->n == 0) {
        history_start(to, &from->preset);
        to->step[0].changed = from->changed;
    }
    if (stage_goes_to(s) != b) {
        stage_go_to(s, b, to->now);
    }
    pthread_mutex_unlock(&s->lock);
}
