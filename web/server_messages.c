/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages to pages; client_messages.c documents the protocol. */
#include "base/no_memory.h"
#include "timbrel/presets.h"
#include "web/server.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE_TICKS = 5, DIGITS = 6 };

/* Content that has not changed is not sent again. */
static void publish(ServerMessage *outgoing, const void *bytes, size_t n) {
    if (outgoing->version > 0 && outgoing->n == n && memcmp(outgoing->bytes + LWS_PRE, bytes, n) == 0)
        return;
    unsigned char *room = realloc(outgoing->bytes, LWS_PRE + n);
    if (!room)
        return; /* keep the old message */
    memcpy(room + LWS_PRE, bytes, n);
    outgoing->bytes = room;
    outgoing->n = n;
    outgoing->version++;
}

/* {name: body}; takes ownership of `body`. */
static void publish_json(ServerMessage *outgoing, const char *name, json_t *body) {
    json_t *message = json_pack("{so}", name, body);
    char *text = message ? json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS)) : NULL;
    if (text)
        publish(outgoing, text, strlen(text));
    free(text);
    json_decref(message);
}

TbStatus tbi_server_messages_hello(TbWeb *web) {
    json_t *controls = json_array(), *bundled = json_array();
    int bad = 0;
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        bad |= json_array_append_new(controls, json_pack("{sssssssssfsfsf}", "name", c->name, "less", c->low_label,
                                                         "more", c->high_label, "unit", c->unit, "low", (double)c->low,
                                                         "high", (double)c->high, "default", (double)c->default_value));
    }
    for (size_t i = 0; i < tb_bundled_count(); i++)
        bad |= json_array_append_new(bundled, json_string(tb_bundled_name(i)));
    publish_json(&web->outgoing[SERVER_HELLO], "hello", json_pack("{soso}", "controls", controls, "bundled", bundled));
    return !bad && web->outgoing[SERVER_HELLO].version > 0 ? TB_OK : tbi_no_memory("for the page");
}

/* ---- session ---- */

/* `again`: even if nothing has changed. A page shows what it sets before the server has it, so it needs an answer also
 * when the values are what they were, as after an edit of B that is followed at once by A. */
static void publish_controls(TbWeb *web, const float *control, bool again) {
    json_t *all = json_object();
    for (int i = 0; i < TB_CONTROLS; i++)
        json_object_set_new(all, tb_control_info((TbControl)i)->name, json_real((double)control[i]));
    uint64_t version = web->outgoing[SERVER_CONTROLS].version;
    publish_json(&web->outgoing[SERVER_CONTROLS], "controls", all);
    if (again && web->outgoing[SERVER_CONTROLS].version == version)
        web->outgoing[SERVER_CONTROLS].version++;
}

static json_t *midi_map_json(TbLive *live) {
    json_t *all = json_object();
    TbMidiMap map;
    char number[12];
    tb_live_get_map(live, &map);
    for (int cc = 0; cc < 128; cc++) {
        snprintf(number, sizeof number, "%d", cc);
        if (map.control[cc] >= 0 && map.control[cc] < TB_CONTROLS)
            json_object_set_new(all, number, json_string(tb_control_info((TbControl)map.control[cc])->name));
    }
    return all;
}

/* Texts from outside may not be UTF-8 and are then omitted. */
static json_t *utf8_or_empty(const char *text) {
    json_t *string = json_string(text);
    return string ? string : json_string("");
}

static void publish_session(TbWeb *web, const TbSessionState *s, const TbLiveState *live) {
    json_t *sounds = json_array(), *all = json_object();
    int learning = tb_live_learning(web->live);
    for (int i = 0; i < s->preset.n_sounds; i++)
        json_array_append_new(sounds, utf8_or_empty(s->preset.sound[i]));
    json_object_set_new(all, "name", utf8_or_empty(s->preset.name));
    json_object_set_new(all, "text", utf8_or_empty(s->preset.text));
    json_object_set_new(all, "sounds", sounds);
    json_object_set_new(all, "changed", json_boolean(s->changed));
    json_object_set_new(all, "b", json_boolean(s->b));
    json_object_set_new(all, "undo", json_boolean(s->can_undo));
    json_object_set_new(all, "redo", json_boolean(s->can_redo));
    json_object_set_new(all, "changes", json_integer((json_int_t)s->changes));
    json_object_set_new(all, "errors", json_integer((json_int_t)(s->errors + web->errors)));
    json_object_set_new(all, "loading", json_boolean(s->loading));
    json_object_set_new(all, "error", utf8_or_empty(*web->last_error ? web->last_error : s->last_error));
    json_object_set_new(all, "preset_faults", utf8_or_empty(s->preset_faults));
    json_object_set_new(all, "learning",
                        learning >= 0 ? json_string(tb_control_info((TbControl)learning)->name) : json_null());
    json_object_set_new(all, "map", midi_map_json(web->live));
    const char *name = live->record_files > 1 ? live->record_file : s->recording;
    name = *s->recording ? name : live->recording ? "the output" : NULL; /* started elsewhere */
    json_object_set_new(all, "recording", name ? utf8_or_empty(name) : json_null());
    publish_json(&web->outgoing[SERVER_SESSION], "session", all);
}

/* The list as the session has it in memory. */
static void publish_presets(TbWeb *web) {
    json_t *all = json_array();
    free(web->presets);
    if (tb_session_presets(web->options.session, &web->presets, &web->n_presets) != TB_OK)
        web->n_presets = 0;
    for (size_t i = 0; i < web->n_presets; i++) {
        const TbPresetEntry *p = &web->presets[i];
        json_t *entry = json_pack("{sssssb}", "name", p->name, "text", p->text, "factory", (int)p->factory);
        if (entry) /* NULL: the name is not UTF-8 */
            json_array_append_new(all, entry);
    }
    publish_json(&web->outgoing[SERVER_PRESETS], "presets", all);
}

/* ---- figures ---- */

static double rounded(double x, double step) {
    return step * round(x / step);
}

static void publish_live(TbWeb *web, const TbLiveState *s) {
    publish_json(&web->outgoing[SERVER_LIVE], "live",
                 json_pack("{sfsfsisfsIsIsfsbsoso}", "load", rounded(s->load, 0.01), "worst",
                           rounded(s->worst_load, 0.01), "voices", s->voices, "latency", rounded(s->latency, 1e-4),
                           "xruns", (json_int_t)s->xruns, "overruns", (json_int_t)s->overruns, "recorded",
                           rounded(s->recorded, 0.1), "lost", (int)s->disconnected, "device", utf8_or_empty(s->device),
                           "error", utf8_or_empty(s->last_error)));
}

void tbi_server_messages_update(TbWeb *web) {
    TbSessionState session;
    TbLiveState live;
    uint8_t scope[SCOPE_BYTES];
    tb_session_state(web->options.session, &session);
    tb_live_state(web->live, &live);
    if (session.presets != web->presets_seen)
        publish_presets(web);
    web->presets_seen = session.presets;
    publish_controls(web, session.preset.control, web->controls_set);
    web->controls_set = false;
    publish_session(web, &session, &live);
    tbi_web_scope_draw(web->scope, web->live, &live, scope);
    publish(&web->outgoing[SERVER_SCOPE], scope, sizeof scope);
    if (web->tick++ % LIVE_TICKS == 0)
        publish_live(web, &live);
    if (live.record_failed && *session.recording && !web->stop_requested)
        tbi_commands_stop_recording(web);
    web->stop_requested = live.record_failed && *session.recording;
    if (web->map)
        tbi_sound_map_model(web->map, session.preset.model);
    if (web->map && atomic_exchange(&web->map_changed, false)) {
        char *text = tbi_sound_map_text(web->map);
        if (text)
            publish(&web->outgoing[SERVER_MAP], text, strlen(text));
        free(text);
    }
}

void tbi_server_messages_free(TbWeb *web) {
    for (int i = 0; i < SERVER_MESSAGES; i++)
        free(web->outgoing[i].bytes);
    free(web->presets);
}
