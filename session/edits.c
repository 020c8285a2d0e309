/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits of a session: load requests, control movements, undo, A/B comparison. */
#include "base/clock.h"
#include "session/internal.h"
#include "session/preset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MIN_CHANGE 1e-3f /* relative to a control's range; smaller movements are ignored */

/* ---- with the lock held ---- */

static bool same_sounds(const TbPreset *a, const TbPreset *b) {
    bool same = a->n_sounds == b->n_sounds && strcmp(a->model, b->model) == 0;
    for (int i = 0; same && i < a->n_sounds; i++)
        same = strcmp(a->sound[i], b->sound[i]) == 0;
    return same;
}

/* Copies a sentence; a list on indented lines of its own becomes part of the one line. */
static void copy_on_one_line(const char *text, char *to, size_t size) {
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        to[n++] = *text == '\n' ? ' ' : *text;
        text += *text == '\n' ? strspn(text + 1, " ") : 0;
    }
    to[n] = 0;
}

void tbi_session_set_error(TbSession *s, TbStatus status) {
    s->status = status;
    s->errors++;
    copy_on_one_line(tb_error_text(status), s->last_error, sizeof s->last_error);
    for (size_t n = strlen(s->last_error); n > 0 && !tbi_preset_is_plain_text(s->last_error, sizeof s->last_error);)
        s->last_error[--n] = 0; /* cut incomplete characters */
    s->changes++;
}

TbStatus tbi_session_report(TbSession *s, TbStatus status) {
    if (status) {
        pthread_mutex_lock(&s->lock);
        tbi_session_set_error(s, status);
        pthread_mutex_unlock(&s->lock);
    }
    return status;
}

TbStatus tbi_session_commit(TbSession *s, TbEngine *engine, const TbInstrument *const *corner) {
    LoadRequest *w = &s->request;
    EditHistory *h = &s->side[w->b];
    TbStatus status = engine   ? tb_live_set_engine(s->options.live, engine)
                      : corner ? tb_live_set_corners(s->options.live, corner, w->preset.n_sounds)
                               : TB_OK;
    if (status)
        return status;
    s->loaded = w->preset;
    s->b = w->b;
    for (int i = 0; w->controls && i < TB_CONTROLS; i++)
        tb_live_set_control(s->options.live, (TbControl)i, w->preset.control[i]);
    if (w->step >= 0) {
        h->now = w->step;
    } else {
        if (!w->controls)
            memcpy(w->preset.control, edit_history_now(h)->preset.control, sizeof w->preset.control);
        tbi_edit_history_add(h, &w->preset, w->changed);
    }
    w->pending = false;
    s->status = TB_OK;
    s->last_error[0] = 0;
    s->changes++;
    return TB_OK;
}

/* The newest request replaces a pending one. If its sounds are loaded already, it is committed at once. */
void tbi_session_request(TbSession *s, const LoadRequest *w) {
    uint64_t serial = s->request.serial + 1;
    bool loaded = same_sounds(&w->preset, &s->loaded);
    s->request = *w;
    s->request.serial = serial;
    s->request.pending = true;
    if (loaded)
        tb_ignore(tbi_session_commit(s, NULL, NULL)); /* nothing is sent that could be refused */
    else
        pthread_cond_signal(&s->wake);
}

static void record_move(TbSession *s, TbControl control, float value, double seconds) {
    tbi_edit_history_move(session_side(s), control, value, seconds);
    s->request.step =
        s->request.b == s->b ? -1 : s->request.step; /* the history has changed, so its step index is no longer valid */
}

/* Records controls set elsewhere (MIDI, keys in the terminal) by comparing their values with the history. */
void tbi_session_capture_controls(TbSession *s) {
    double seconds = tbi_now();
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *info = tb_control_info((TbControl)i);
        float value = tb_live_control(s->options.live, (TbControl)i);
        float before = edit_history_now(session_side(s))->preset.control[i];
        if (fabsf(value - before) > MIN_CHANGE * (info->high - info->low))
            record_move(s, (TbControl)i, value, seconds);
    }
}

void tbi_session_go_to(TbSession *s, int b, int step) {
    tbi_session_request(s,
                        &(LoadRequest){.preset = s->side[b].step[step].preset, .controls = true, .b = b, .step = step});
}

/* The position that undo and redo start from: a pending step counts as done. */
static int undo_position(TbSession *s) {
    return s->request.pending && s->request.step >= 0 ? s->request.step : s->side[session_target_side(s)].now;
}

static bool loading_new_step(const TbSession *s) {
    return s->request.pending && s->request.step < 0;
}

bool tbi_session_can_undo(TbSession *s) {
    return loading_new_step(s) || undo_position(s) > 0;
}

bool tbi_session_can_redo(TbSession *s) {
    return !loading_new_step(s) && undo_position(s) + 1 < s->side[session_target_side(s)].n;
}

/* ---- commands ---- */

static TbStatus change_sound(TbPreset *p, int corner, const char *name) {
    if (corner < 0 || corner > p->n_sounds || corner >= TB_PARTS) {
        return tb_fail(TB_ERR_ARGUMENT, "There is no corner %d of the pad; there are %d sounds, and at most %d.",
                       corner + 1, p->n_sounds, TB_PARTS);
    }
    if (*name) {
        if (strlen(name) >= TB_SOUND_NAME)
            return tb_fail(TB_ERR_ARGUMENT, "The name of this sound is too long.");
        snprintf(p->sound[corner], sizeof p->sound[corner], "%s", name);
        p->n_sounds += corner == p->n_sounds;
    } else if (corner < p->n_sounds && p->n_sounds > 1) {
        memmove(p->sound[corner], p->sound[corner + 1], (size_t)(p->n_sounds - corner - 1) * sizeof p->sound[0]);
        p->n_sounds--;
    } else {
        return tb_fail(TB_ERR_ARGUMENT, "The last sound cannot be removed; put another in its place.");
    }
    return tbi_preset_check(p, TB_ERR_ARGUMENT);
}

TbStatus tb_session_set_sound(TbSession *s, int corner, const char *name) {
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    LoadRequest w = s->request; /* several changes may be pending together */
    if (!w.pending)
        w = (LoadRequest){.preset = edit_history_now(session_side(s))->preset, .b = s->b};
    w.step = -1;
    w.changed = true;
    TbStatus status = change_sound(&w.preset, corner, name);
    if (status == TB_OK)
        tbi_session_request(s, &w);
    else
        tbi_session_set_error(s, status);
    pthread_mutex_unlock(&s->lock);
    return status;
}

bool tb_session_set_control(TbSession *s, TbControl control, float value) {
    if ((int)control < 0 || control >= TB_CONTROLS || isnan(value))
        return false;
    const TbControlInfo *info = tb_control_info(control);
    value = fminf(fmaxf(value, info->low), info->high);
    pthread_mutex_lock(&s->lock);
    tb_live_set_control(s->options.live, control, value);
    record_move(s, control, value, tbi_now());
    pthread_mutex_unlock(&s->lock);
    return true;
}

/* Undoes (by = -1) or redoes (1) an edit. */
static bool move_in_history(TbSession *s, int by) {
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    bool can = by < 0 ? tbi_session_can_undo(s) : tbi_session_can_redo(s);
    if (by < 0 && loading_new_step(s)) { /* cancel the load */
        s->request.pending = false;
        s->changes++;
    } else if (can) {
        tbi_session_go_to(s, session_target_side(s), undo_position(s) + by);
    }
    pthread_mutex_unlock(&s->lock);
    return can;
}

bool tb_session_undo(TbSession *s) {
    return move_in_history(s, -1);
}

bool tb_session_redo(TbSession *s) {
    return move_in_history(s, 1);
}

void tb_session_select_b(TbSession *s, bool b) {
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    const Edit *from = edit_history_now(session_side(s));
    EditHistory *to = &s->side[b];
    if (to->n == 0) {
        tbi_edit_history_start(to, &from->preset);
        to->step[0].changed = from->changed;
    }
    if (session_target_side(s) != b)
        tbi_session_go_to(s, b, to->now);
    pthread_mutex_unlock(&s->lock);
}
