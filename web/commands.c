/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/server.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NOTE_ON = 0x90, CONTROLLER = 0xb0, CC_SUSTAIN = 64 };

/* ---- notes ---- */

static bool is_held_elsewhere(const TbWeb *web, const Client *client, int key) {
    for (const Client *c = web->clients; c; c = c->next)
        if (c != client && c->held[key])
            return true;
    return false;
}

static bool is_sustained_elsewhere(const TbWeb *web, const Client *client) {
    for (const Client *c = web->clients; c; c = c->next)
        if (c != client && c->pedal_down)
            return true;
    return false;
}

/* A key held by two pages ends with the second note-off. A note-off that finds the queue full is sent later. */
static void note(TbWeb *web, Client *client, int key, int velocity) {
    if (velocity == 0 && (!client->held[key] || is_held_elsewhere(web, client, key))) {
        client->held[key] = false;
        return;
    }
    bool sent = tb_live_send(web->live, (const uint8_t[]){NOTE_ON, (uint8_t)key, (uint8_t)velocity}, 3);
    client->held[key] = velocity > 0 && sent;
    web->pending_off[key] = velocity == 0 && !sent;
}

static void sustain(TbWeb *web, Client *client, bool on) {
    client->pedal_down = on;
    if (on || !is_sustained_elsewhere(web, client))
        tb_live_send(web->live, (const uint8_t[]){CONTROLLER, CC_SUSTAIN, on ? 127 : 0}, 3);
}

void tbi_commands_poll(TbWeb *web) {
    for (int key = 0; key < 128; key++)
        if (web->pending_off[key])
            web->pending_off[key] = !tb_live_send(web->live, (const uint8_t[]){NOTE_ON, (uint8_t)key, 0}, 3);
}

void tbi_commands_client_left(TbWeb *web, Client *client) {
    for (int key = 0; key < 128; key++)
        note(web, client, key, 0);
    if (client->pedal_down)
        sustain(web, client, false);
}

static void panic(TbWeb *web) {
    for (Client *c = web->clients; c; c = c->next) {
        memset(c->held, 0, sizeof c->held);
        c->pedal_down = false;
    }
    tb_live_panic(web->live);
}

/* ---- other commands ---- */

static void set(TbWeb *web, const ClientMessage *received) {
    for (int i = 0; i < TB_CONTROLS; i++)
        if (isfinite(received->control[i]))
            tb_session_set_control(web->options.session, (TbControl)i, received->control[i]);
    web->controls_set = true;
}

/* Work that needs the disk is left to the session, which reports errors: this thread must not delay notes. */
static void send_request(TbWeb *web, TbRequestKind kind, const ClientMessage *received) {
    TbSessionRequest request = {.kind = kind};
    memcpy(request.name, received->name, sizeof request.name - 1); /* preset names fit and stay terminated */
    memcpy(request.text, received->text, sizeof request.text - 1);
    tb_session_request(web->options.session, &request);
}

/* Only names in the list are accepted, so that a page cannot name a file. */
static TbStatus preset(TbWeb *web, const ClientMessage *received) {
    for (size_t i = 0; i < web->n_presets; i++) {
        if (strcmp(web->presets[i].name, received->name) == 0) {
            send_request(web, received->kind == CLIENT_LOAD ? TB_REQUEST_LOAD : TB_REQUEST_REMOVE, received);
            return TB_OK;
        }
    }
    return tb_fail(TB_ERR_NOT_FOUND, "This preset no longer exists.");
}

void tbi_commands_stop_recording(TbWeb *web) {
    tb_session_request(web->options.session, &(TbSessionRequest){.kind = TB_REQUEST_RECORD_END});
}

static TbStatus record(TbWeb *web) {
    char name[TB_PRESET_NAME];
    TbSessionRequest request = {.kind = TB_REQUEST_RECORD};
    time_t now = time(NULL);
    struct tm local;
    strftime(name, sizeof name, "timbrel-%Y%m%d-%H%M%S.wav", localtime_r(&now, &local));
    int n = snprintf(request.path, sizeof request.path, "%s/%s", web->options.record ? web->options.record : ".", name);
    if (n >= (int)sizeof request.path)
        return tb_fail(TB_ERR_ARGUMENT, "The path of the folder for recordings is too long.");
    tb_session_request(web->options.session, &request);
    return TB_OK;
}

static void store_error(TbWeb *web, TbStatus status) {
    web->errors += status != TB_OK;
    snprintf(web->last_error, sizeof web->last_error, "%s", status == TB_OK ? "" : tb_error_text(status));
}

void tbi_commands_run(TbWeb *web, Client *client, const ClientMessage *received) {
    TbSession *session = web->options.session;
    TbStatus status = TB_OK;
    switch (received->kind) {
    case CLIENT_SET:
        set(web, received);
        return;
    case CLIENT_NOTE:
        note(web, client, received->number, received->velocity);
        return;
    case CLIENT_SUSTAIN:
        sustain(web, client, received->on);
        return;
    case CLIENT_SOUND:
        status = tb_session_set_sound(session, received->number, received->name);
        break;
    case CLIENT_LOAD:
    case CLIENT_REMOVE:
        status = preset(web, received);
        break;
    case CLIENT_SAVE:
        send_request(web, TB_REQUEST_SAVE, received);
        break;
    case CLIENT_UNDO:
        tb_session_undo(session);
        break;
    case CLIENT_REDO:
        tb_session_redo(session);
        break;
    case CLIENT_COMPARE:
        tb_session_select_b(session, received->on);
        break;
    case CLIENT_LEARN:
        tb_live_learn(web->live, received->number);
        break;
    case CLIENT_RECORD:
        if (received->on)
            status = record(web);
        else
            tbi_commands_stop_recording(web);
        break;
    case CLIENT_PANIC:
        panic(web);
        break;
    }
    store_error(web, status);
}
