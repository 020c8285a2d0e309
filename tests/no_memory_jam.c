/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/no_memory.h"

static TbStatus jam_of(TbJam **jam) {
    TbJamOptions o;
    tb_jam_defaults(&o);
    o.chords = "Am F";
    for (int i = 0; i < o.n_parts; i++)
        o.part[i].bars = 1;
    return tb_jam_new(shared_models(), &o, jam);
}

static TbStatus make(Out *out) {
    return jam_of(&out->jam);
}

static void free_jam(Out *out) {
    tb_jam_free(out->jam);
}

/* A jam that has been asked for all there is; a writer without memory keeps its reason, and all plays on. */
static TbStatus use(Out *out) {
    TbJam *jam;
    TbStatus status = jam_of(&jam);
    (void)out;
    if (status)
        return status;
    status = tb_jam_press(jam, 0, TB_JAM_RESET, 0);
    status = status ? status : tb_jam_set(jam, TB_JAM_SWING, 60);
    status = status ? status : tb_jam_set_key(jam, 3, false);
    status = status ? status : tb_jam_set_chords(jam, "Eb Bb");
    tb_jam_work(jam);
    TbJamState state;
    tb_jam_state(jam, &state);
    if (status == TB_OK && state.failed)
        status = TB_ERR_NO_MEMORY; /* told on this thread */
    status = status ? status : tb_jam_start(jam);
    tb_jam_free(jam);
    return status;
}

static TbJam *shared;

static TbStatus session(Out *out) {
    TbStatus status = shared ? TB_OK : jam_of(&shared);
    return status ? status : tb_jam_session(shared, &out->score);
}

static TbStatus loops(Out *out) {
    TbStatus status = shared ? TB_OK : jam_of(&shared);
    return status ? status : tb_jam_loops(shared, &out->score);
}

static TbStatus osc_new(Out *out) {
    TbStatus status = shared ? TB_OK : jam_of(&shared);
    return status ? status : tb_osc_new_jam(shared, NULL, "0", &out->osc);
}

static void free_osc(Out *out) {
    tb_osc_free(out->osc);
}

void cases_jam_end(void) {
    tb_jam_free(shared);
    shared = NULL;
}

const NoMemoryCase cases_jam[] = {
    {.covers = "tb_jam_new", .run = make, .release = free_jam, .slow = true},
    {.covers = "tb_jam_press tb_jam_set tb_jam_set_key tb_jam_set_chords tb_jam_start", .run = use, .slow = true},
    {.covers = "tb_jam_session", .run = session, .release = free_score},
    {.covers = "tb_jam_loops", .run = loops, .release = free_score},
    {.covers = "tb_osc_new_jam", .run = osc_new, .release = free_osc},
    {0},
};
