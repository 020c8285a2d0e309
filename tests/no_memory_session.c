/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: the session, OSC and the page. */
#include "tests/no_memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static TbStatus load(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    (void)context;
    return tb_instrument_random(model, strlen(name), instrument);
}

static TbStatus load_model(void *context, const char *name, TbModel **model) {
    (void)context, (void)name;
    return tb_model_read(scratch_file("read.tbm"), model);
}

/* A stage that nobody hears, and what it stands on. */
typedef struct {
    TbLive *live;
    TbSession *session;
} FakeSession;

static void fake_session_free(FakeSession *h) {
    tb_session_free(h->session);
    tb_live_free(h->live);
    *h = (FakeSession){NULL, NULL};
}

static TbStatus fake_session_new(FakeSession *h) {
    TbSessionOptions o = {
        .size = sizeof(TbSessionOptions), .engine = &play_options, .load = load, .load_model = load_model};
    TbPreset first = mine("First");
    *h = (FakeSession){NULL, NULL};
    if (access(scratch_file("read.tbm"), F_OK))
        (void)!tb_model_write(things.model, scratch_file("read.tbm"), true);
    TbStatus status = tb_model_read(scratch_file("read.tbm"), &o.model);
    status = status ? status : tb_engine_new(o.model, &play_options, &o.first);
    status = status ? status : live_of(o.first, &h->live);
    o.live = h->live;
    o.folder = folder_of_presets();
    o.map = scratch_file("map.json");
    status = status ? status : tb_session_new(&o, &first, &h->session);
    if (status) {
        fake_session_free(h);
        tb_engine_free(o.first);
        tb_model_free(o.model);
    }
    return status;
}

static TbStatus session_new(Out *out) {
    (void)out;
    FakeSession h;
    TbStatus status = fake_session_new(&h);
    fake_session_free(&h);
    return status;
}

/* Nothing is freed any more by a thread of the session. */
static void wait_until_idle(TbSession *session, TbSessionState *state) {
    state->loading = true;
    for (int i = 0; i < 30000 && (state->loading || tb_session_busy(session)); i++) {
        usleep(i ? 1000 : 0);
        tb_session_state(session, state);
    }
}

/* The list of presets is read again: when that fails, the one before stays, and the error is told in the state. */
static TbStatus list_again(Out *out) {
    (void)out;
    FakeSession h;
    TbStatus status = fake_session_new(&h);
    if (status)
        return status;
    TbSessionState before, after;
    tb_session_state(h.session, &before);
    status = tb_session_save(h.session, "Mine", "");
    wait_until_idle(h.session, &after);
    fake_session_free(&h);
    if (status || !after.last_error[0])
        return status;
    return tb_fail(after.presets == before.presets ? TB_ERR_NO_MEMORY : TB_ERR_FORMAT, "%s", after.last_error);
}

/* What the cases below share: made by the first that runs. Its threads have no failures. */
static FakeSession fake;

static TbStatus prepared(void) {
    return fake.session ? TB_OK : fake_session_new(&fake);
}

static TbStatus session_calls(Out *out) {
    (void)out;
    TbSessionState state;
    TbStatus status = prepared();
    if (status)
        return status;
    status = tb_session_save(fake.session, "Saved", "text");
    status = status ? status : tb_session_load_named(fake.session, "Saved");
    status = status ? status : tb_session_load_number(fake.session, 1);
    status = status ? status : tb_session_set_sound(fake.session, 0, "seed:2");
    status = status ? status : tb_session_remove(fake.session, "Saved");
    wait_until_idle(fake.session, &state);
    return status;
}

static TbStatus session_presets(Out *out) {
    TbStatus status = prepared();
    return status ? status : tb_session_presets(fake.session, (TbPresetEntry **)&out->list.items, &out->list.n);
}

static TbStatus osc_new(Out *out) {
    TbStatus status = prepared();
    return status ? status : tb_osc_new(fake.session, NULL, "0", &out->osc);
}

static void free_osc(Out *out) {
    tb_osc_free(out->osc);
}

static TbStatus page_new(Out *out) {
    TbStatus status = prepared();
    return status ? status
                  : tb_web_new(&(TbWebOptions){.size = sizeof(TbWebOptions), .session = fake.session}, &out->page);
}

static void free_page(Out *out) {
    tb_web_free(out->page);
}

/* The map's thread must find nothing to do: what it allocates is not part of the call, and fails in silence. */
static TbStatus no_model(void *context, const char *name, TbModel **model) {
    (void)context, (void)name, (void)model;
    return TB_ERR_NOT_FOUND;
}

static TbStatus page_with_map(Out *out) {
    TbStatus status = prepared();
    TbWebOptions o = {.size = sizeof(TbWebOptions), .session = fake.session, .load_model = no_model, .load = load};
    return status ? status : tb_web_new(&o, &out->page);
}

void cases_session_end(void) {
    fake_session_free(&fake);
}

const NoMemoryCase cases_session[] = {
    {.covers = "tb_session_new", .run = session_new, .slow = true},
    {.covers = "tb_session_save (and the list of presets is read again)", .run = list_again, .slow = true},
    {.covers = "tb_session_save tb_session_load_named tb_session_load_number tb_session_set_sound tb_session_remove",
     .run = session_calls,
     .slow = true},
    {.covers = "tb_session_presets", .run = session_presets, .release = free_list},
    {.covers = "tb_osc_new", .run = osc_new, .release = free_osc},
    {.covers = "tb_web_new", .run = page_new, .release = free_page},
    {.covers = "tb_web_new (with a map)", .run = page_with_map, .release = free_page},
    {.run = NULL},
};
