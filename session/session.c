/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions: creation, state. */
#include "timbrel/session.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "session/internal.h"
#include "session/midi_map_file.h"
#include "session/preset.h"
#include "session/user_folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static TbStatus out_of_memory(void) {
    return tbi_no_memory("to play");
}

/* ---- creation ---- */

static TbStatus find_folder(TbSession *s) {
    TbStatus status = tbi_preset_folder(s->options.folder, &s->folder);
    return status == TB_ERR_NOT_FOUND ? TB_OK : status; /* no home folder: factory presets only */
}

static TbStatus find_map_path(TbSession *s) {
    if (s->options.map) {
        s->map = strdup(s->options.map);
        return s->map ? TB_OK : out_of_memory();
    }
    TbStatus status = tbi_user_path("XDG_CONFIG_HOME", ".config", "timbrel/midi.json", &s->map);
    return status == TB_ERR_NOT_FOUND ? TB_OK : status; /* no home folder: the map is not saved */
}

/* An unreadable map does not prevent playing, unless memory runs out; it is never written over. `fault`: the sentence
 * that says so, "" if there is none. */
static TbStatus read_map(TbSession *s, char fault[SESSION_ERROR]) {
    TbStatus status = s->map ? tbi_midi_map_read(s->map, &s->saved) : TB_OK;
    *fault = 0;
    if (status == TB_ERR_NO_MEMORY)
        return status;
    if (s->map && status == TB_OK) {
        tb_live_set_map(s->options.live, &s->saved);
    } else if (status != TB_OK && status != TB_ERR_NOT_FOUND) {
        snprintf(fault, SESSION_ERROR, "%s Controllers that are learned now are not saved.", tb_error_text(status));
        free(s->map);
        s->map = NULL;
    }
    tb_live_get_map(s->options.live, &s->saved);
    return TB_OK;
}

static void free_all(TbSession *s) {
    tbi_model_cache_free(&s->models);
    pthread_cond_destroy(&s->wake);
    pthread_cond_destroy(&s->done);
    pthread_mutex_destroy(&s->lock);
    tbi_edit_history_free(&s->side[0]);
    tbi_edit_history_free(&s->side[1]);
    pthread_cond_destroy(&s->disk.wake);
    free(s->disk.entries);
    free(s->folder);
    free(s->map);
    free(s);
}

static TbStatus load_first(TbSession *s, const TbPreset *first) {
    TbStatus status = tbi_edit_history_new(&s->side[0]);
    if (status == TB_OK)
        status = tbi_edit_history_new(&s->side[1]); /* allocated now, so that switching to B cannot fail later */
    if (status == TB_OK) {
        tbi_edit_history_start(&s->side[0], first);
        status = tbi_loader_start(s);
    }
    if (status)
        return status;
    pthread_mutex_lock(&s->lock);
    tbi_session_go_to(s, 0, 0);
    while (s->request.pending)
        pthread_cond_wait(&s->done, &s->lock);
    pthread_mutex_unlock(&s->lock);
    if (s->status) {
        status = tb_fail(s->status, "%s", s->last_error);
        tbi_loader_stop(s);
    }
    return status;
}

/* Timeouts use the monotonic clock, so that setting the wall clock does not affect them. */
static void init_conditions(TbSession *s) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &monotonic);
    pthread_cond_init(&s->done, &monotonic);
    pthread_cond_init(&s->disk.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

TbStatus tb_session_new(const TbSessionOptions *given, const TbPreset *first, TbSession **session) {
    *session = NULL;
    TbSessionOptions own;
    TbEngineOptions engine = {0};
    char fault[SESSION_ERROR];
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status == TB_OK && own.engine)
        status = tbi_options_read(own.engine, &engine, sizeof engine);
    else if (status == TB_OK && own.load_model)
        status = tb_fail(TB_ERR_ARGUMENT, "A session that loads models needs the options of their engines.");
    if (status == TB_OK)
        status = tbi_preset_check(first, TB_ERR_ARGUMENT);
    TbSession *s = status ? NULL : calloc(1, sizeof *s);
    if (!s)
        return status ? status : out_of_memory();
    s->options = own;
    s->engine = engine;
    s->options.engine = &s->engine;
    const TbSessionOptions *options = &s->options;
    tbi_model_cache_begin(&s->models, first->model, options->model, options->first);
    pthread_mutex_init(&s->lock, NULL);
    init_conditions(s);
    status = find_folder(s);
    if (status == TB_OK)
        status = find_map_path(s);
    if (status == TB_OK)
        status = read_map(s, fault);
    if (status == TB_OK)
        status = tbi_disk_start(s);
    if (status == TB_OK) /* last: from here on the live player uses what a failure would free */
        status = load_first(s, first);
    if (status) {
        tbi_disk_stop(s);
        s->models.playing->model = NULL; /* the caller keeps them on failure */
        s->models.engine = NULL;
        free_all(s);
        return status;
    }
    if (*fault)
        tb_ignore(tbi_session_report(s, tb_fail(TB_ERR_FORMAT, "%s", fault))); /* it is in the state */
    *session = s;
    return TB_OK;
}

void tb_session_free(TbSession *s) {
    if (s) {
        tbi_disk_stop(s);
        tbi_loader_stop(s);
        free_all(s);
    }
}

/* ---- state ---- */

void tb_session_state(TbSession *s, TbSessionState *state) {
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    const Edit *now = edit_history_now(session_side(s));
    *state = (TbSessionState){.preset = now->preset,
                              .changed = now->changed,
                              .b = session_target_side(s),
                              .can_undo = tbi_session_can_undo(s),
                              .can_redo = tbi_session_can_redo(s),
                              .loading = s->request.pending,
                              .changes = s->changes,
                              .errors = s->errors,
                              .presets = s->disk.version};
    memcpy(state->recording, s->disk.recording, sizeof state->recording);
    memcpy(state->last_error, s->last_error, sizeof state->last_error);
    memcpy(state->preset_faults, s->disk.faults, sizeof state->preset_faults);
    pthread_mutex_unlock(&s->lock);
}

TbLive *tb_session_live(TbSession *s) {
    return s->options.live;
}

void tb_session_poll(TbSession *s) {
    TbMidiMap map;
    int program = tb_live_program(s->options.live);
    if (program >= 0)
        tb_session_request(s, &(TbSessionRequest){.kind = TB_REQUEST_LOAD_NUMBERED, .number = program});
    pthread_mutex_lock(&s->lock);
    tbi_session_capture_controls(s);
    tb_live_get_map(s->options.live, &map);
    bool learned = memcmp(&map, &s->saved, sizeof map) != 0;
    s->saved = map; /* a write error is reported only once */
    pthread_mutex_unlock(&s->lock);
    tbi_device_engine_follow(s);
    if (learned && s->map)
        tb_ignore(tbi_session_report(s, tbi_midi_map_write(s->map, &map))); /* it shows in the session's state */
}
