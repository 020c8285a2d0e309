/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The presets of a session: loading, saving and removing them. */
#include "session/internal.h"
#include "session/preset.h"
#include "timbrel/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- loading ---- */

static void request_preset(TbSession *s, const TbPreset *preset) {
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    tbi_session_request(s,
                        &(LoadRequest){.preset = *preset, .controls = true, .b = session_target_side(s), .step = -1});
    pthread_mutex_unlock(&s->lock);
}

void tb_session_load(TbSession *s, const TbPreset *preset) {
    if (tbi_session_report(s, tbi_preset_check(preset, TB_ERR_ARGUMENT)) == TB_OK)
        request_preset(s, preset);
}

TbStatus tb_session_load_named(TbSession *s, const char *name) {
    TbPreset preset;
    TbStatus status = tbi_preset_find(s->folder, name, &preset);
    if (status == TB_OK)
        request_preset(s, &preset);
    return tbi_session_report(s, status);
}

TbStatus tb_session_load_number(TbSession *s, int n) {
    TbPresetEntry *entries;
    size_t count;
    TbStatus status = tb_presets_list(s->folder, &entries, &count);
    if (status)
        return tbi_session_report(s, status);
    if (n >= 0 && (size_t)n < count) {
        status = tb_session_load_named(s, entries[n].name);
    } else {
        status = tbi_session_report(s, tb_fail(TB_ERR_NOT_FOUND,
                                               "There is no preset for program %d; programs go from 0 to %zu.", n,
                                               count ? count - 1 : 0));
    }
    free(entries);
    return status;
}

/* ---- user presets ---- */

/* What has been written takes its name, unless another preset or sound has come meanwhile; controls that have moved
 * since are a change. Called with the lock held. */
static void mark_saved(TbSession *s, const TbPreset *written) {
    tbi_session_capture_controls(s);
    EditHistory *h = session_side(s);
    Edit *now = edit_history_now(h);
    bool same = now->preset.n_sounds == written->n_sounds && strcmp(now->preset.model, written->model) == 0;
    for (int i = 0; same && i < written->n_sounds; i++)
        same = strcmp(now->preset.sound[i], written->sound[i]) == 0;
    if (!same)
        return;
    bool moved = memcmp(now->preset.control, written->control, sizeof written->control) != 0;
    memcpy(now->preset.name, written->name, sizeof written->name);
    memcpy(now->preset.text, written->text, sizeof written->text);
    tbi_edit_history_saved(h);
    now->changed = moved;
}

TbStatus tb_session_save(TbSession *s, const char *name, const char *text) {
    TbPreset preset;
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    preset = edit_history_now(session_side(s))->preset;
    pthread_mutex_unlock(&s->lock);
    if (strlen(name) >= sizeof preset.name || (text && strlen(text) >= sizeof preset.text))
        return tbi_session_report(
            s, tb_fail(TB_ERR_ARGUMENT, "The name or the text of this preset is too long; shorten it."));
    snprintf(preset.name, sizeof preset.name, "%s", name);
    if (text)
        snprintf(preset.text, sizeof preset.text, "%s", text);
    TbStatus status = tb_preset_write(s->folder, &preset);
    if (status == TB_OK) {
        pthread_mutex_lock(&s->lock);
        mark_saved(s, &preset);
        s->changes++;
        session_invalidate_list(s);
        pthread_mutex_unlock(&s->lock);
    }
    return tbi_session_report(s, status);
}

TbStatus tb_session_remove(TbSession *s, const char *name) {
    TbStatus status = tb_preset_remove(s->folder, name);
    if (status == TB_OK) {
        pthread_mutex_lock(&s->lock);
        s->changes++;
        session_invalidate_list(s);
        pthread_mutex_unlock(&s->lock);
    }
    return tbi_session_report(s, status);
}
