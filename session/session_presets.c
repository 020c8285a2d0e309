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
        Edit *now = edit_history_now(session_side(s));
        memcpy(now->preset.name, preset.name, sizeof preset.name);
        memcpy(now->preset.text, preset.text, sizeof preset.text);
        tbi_edit_history_saved(session_side(s));
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
