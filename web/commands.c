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
        if (c != client && c->sustains)
            return true;
    return false;
}

/* A key that two pages hold ends with the second. An end that finds the queue full is sent later. */
static void note(TbWeb *web, Client *client, int key, int velocity) {
    if (velocity == 0 && (!client->held[key] || is_held_elsewhere(web, client, key))) {
        client->held[key] = false;
        return;
    }
    bool sent = tb_live_send(web->live, (const uint8_t[]){NOTE_ON, (uint8_t)key, (uint8_t)velocity}, 3);
    client->held[key] = velocity > 0 && sent;
    web->off[key] = velocity == 0 && !sent;
}

static void sustain(TbWeb *web, Client *client, bool on) {
    client->sustains = on;
    if (on || !is_sustained_elsewhere(web, client))
        tb_live_send(web->live, (const uint8_t[]){CONTROLLER, CC_SUSTAIN, on ? 127 : 0}, 3);
}

void tbi_commands_poll(TbWeb *web) {
    for (int key = 0; key < 128; key++)
        if (web->off[key])
            web->off[key] = !tb_live_send(web->live, (const uint8_t[]){NOTE_ON, (uint8_t)key, 0}, 3);
}

void tbi_commands_client_left(TbWeb *web, Client *client) {
    for (int key = 0; key < 128; key++)
        note(web, client, key, 0);
    if (client->sustains)
        sustain(web, client, false);
}

static void panic(TbWeb *web) {
    for (Client *c = web->clients; c; c = c->next) {
        memset(c->held, 0, sizeof c->held);
        c->sustains = false;
    }
    tb_live_panic(web->live);
}

/* ---- the rest ---- */

static void set(TbWeb *web, const ClientMessage *received) {
    for (int i = 0; i < TB_CONTROLS; i++)
        if (isfinite(received->control[i]))
            tb_session_set_control(web->options.session, (TbControl)i, received->control[i]);
}

/* What needs a disk is done by the stage, which says what goes wrong: this thread has notes to carry. */
static void ask(TbWeb *web, TbRequestKind kind, const ClientMessage *received) {
    TbSessionRequest request = {.kind = kind};
    memcpy(request.name, received->name, sizeof request.name - 1); /* names of presets are no longer, and end */
    memcpy(request.text, received->text, sizeof request.text - 1);
    tb_session_request(web->options.session, &request);
}

/* Presets are told from files by their being in the list. */
static TbStatus preset(TbWeb *web, const ClientMessage *received) {
    for (size_t i = 0; i < web->n_presets; i++) {
        if (strcmp(web->presets[i].name, received->name) == 0) {
            ask(web, received->kind == CLIENT_LOAD ? TB_REQUEST_LOAD : TB_REQUEST_REMOVE, received);
            return TB_OK;
        }
    }
    return tb_fail(TB_ERR_NOT_FOUND, "There is no preset of this name any more.");
}

void tbi_hands_record_end(TbWeb *web) {
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
        return tb_fail(TB_ERR_ARGUMENT, "The folder for recordings has too long a name.");
    tb_session_request(web->options.session, &request);
    return TB_OK;
}

static void keep_trouble(TbWeb *web, TbStatus status) {
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
        ask(web, TB_REQUEST_SAVE, received);
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
            tbi_hands_record_end(web);
        break;
    case CLIENT_PANIC:
        panic(web);
        break;
    }
    keep_trouble(web, status);
}
