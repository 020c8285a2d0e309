/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/server.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NOTE_ON = 0x90, CONTROLLER = 0xb0, CC_SUSTAIN = 64 };

/* ---- notes ---- */

static bool is_held_elsewhere(const TbPage *page, const Client *client, int key) {
    for (const Client *c = page->clients; c; c = c->next) {
        if (c != client && c->held[key])
            return true;
    }
    return false;
}

static bool is_sustained_elsewhere(const TbPage *page, const Client *client) {
    for (const Client *c = page->clients; c; c = c->next) {
        if (c != client && c->sustains)
            return true;
    }
    return false;
}

/* A key that two pages hold ends with the second. An end that finds the queue full is sent later. */
static void note(TbPage *page, Client *client, int key, int velocity) {
    if (velocity == 0 && (!client->held[key] || is_held_elsewhere(page, client, key))) {
        client->held[key] = false;
        return;
    }
    bool sent = tb_live_send(page->live, (const uint8_t[]){NOTE_ON, (uint8_t)key, (uint8_t)velocity}, 3);
    client->held[key] = velocity > 0 && sent;
    page->off[key] = velocity == 0 && !sent;
}

static void sustain(TbPage *page, Client *client, bool on) {
    client->sustains = on;
    if (on || !is_sustained_elsewhere(page, client))
        tb_live_send(page->live, (const uint8_t[]){CONTROLLER, CC_SUSTAIN, on ? 127 : 0}, 3);
}

void hands_tend(TbPage *page) {
    for (int key = 0; key < 128; key++) {
        if (page->off[key])
            page->off[key] = !tb_live_send(page->live, (const uint8_t[]){NOTE_ON, (uint8_t)key, 0}, 3);
    }
}

void hands_leave(TbPage *page, Client *client) {
    for (int key = 0; key < 128; key++)
        note(page, client, key, 0);
    if (client->sustains)
        sustain(page, client, false);
}

static void panic(TbPage *page) {
    for (Client *c = page->clients; c; c = c->next) {
        memset(c->held, 0, sizeof c->held);
        c->sustains = false;
    }
    tb_live_panic(page->live);
}

/* ---- the rest ---- */

static void set(TbPage *page, const Said *said) {
    for (int i = 0; i < TB_CONTROLS; i++) {
        if (isfinite(said->control[i]))
            tb_stage_set(page->options.stage, (TbControl)i, said->control[i]);
    }
}

/* What needs a disk is done by the stage, which says what goes wrong: this thread has notes to carry. */
static void ask(TbPage *page, TbRequestKind kind, const Said *said) {
    TbStageRequest request = {.kind = kind};
    memcpy(request.name, said->name, sizeof request.name - 1); /* names of presets are no longer, and end */
    memcpy(request.text, said->text, sizeof request.text - 1);
    tb_stage_request(page->options.stage, &request);
}

/* Presets are told from files by their being in the list. */
static TbStatus preset(TbPage *page, const Said *said) {
    for (size_t i = 0; i < page->n_presets; i++) {
        if (strcmp(page->presets[i].name, said->name) == 0) {
            ask(page, said->kind == SAID_LOAD ? TB_REQUEST_LOAD : TB_REQUEST_REMOVE, said);
            return TB_OK;
        }
    }
    return tb_fail(TB_ERR_NOT_FOUND, "There is no preset of this name any more.");
}

void hands_record_end(TbPage *page) {
    tb_stage_request(page->options.stage, &(TbStageRequest){.kind = TB_REQUEST_RECORD_END});
}

static TbStatus record(TbPage *page) {
    char name[TB_PRESET_NAME];
    TbStageRequest request = {.kind = TB_REQUEST_RECORD};
    time_t now = time(NULL);
    struct tm local;
    strftime(name, sizeof name, "timbrel-%Y%m%d-%H%M%S.wav", localtime_r(&now, &local));
    int n =
        snprintf(request.path, sizeof request.path, "%s/%s", page->options.record ? page->options.record : ".", name);
    if (n >= (int)sizeof request.path)
        return tb_fail(TB_ERR_ARGUMENT, "The folder for recordings has too long a name.");
    tb_stage_request(page->options.stage, &request);
    return TB_OK;
}

static void keep_trouble(TbPage *page, TbStatus status) {
    snprintf(page->trouble, sizeof page->trouble, "%s", status == TB_OK ? "" : tb_error_text(status));
}

void hands_do(TbPage *page, Client *client, const Said *said) {
    TbStage *stage = page->options.stage;
    TbStatus status = TB_OK;
    switch (said->kind) {
    case SAID_SET:
        set(page, said);
        return;
    case SAID_NOTE:
        note(page, client, said->number, said->velocity);
        return;
    case SAID_SUSTAIN:
        sustain(page, client, said->on);
        return;
    case SAID_SOUND:
        status = tb_stage_sound(stage, said->number, said->name);
        break;
    case SAID_LOAD:
    case SAID_REMOVE:
        status = preset(page, said);
        break;
    case SAID_SAVE:
        ask(page, TB_REQUEST_SAVE, said);
        break;
    case SAID_UNDO:
        tb_stage_undo(stage);
        break;
    case SAID_REDO:
        tb_stage_redo(stage);
        break;
    case SAID_COMPARE:
        tb_stage_compare(stage, said->on);
        break;
    case SAID_LEARN:
        tb_live_learn(page->live, said->number);
        break;
    case SAID_RECORD:
        if (said->on)
            status = record(page);
        else
            hands_record_end(page);
        break;
    case SAID_PANIC:
        panic(page);
        break;
    }
    keep_trouble(page, status);
}
