/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: melodies. */
#include "tests/no_memory.h"

#include <stdlib.h>

static TbMelody melody;

const TbMelody *shared_melody(void) {
    if (!melody.notes && tb_melody_from_score(shared_tune(), 0, 0, &melody) != TB_OK)
        abort();
    return &melody;
}

static const TbMelodyModel *model(void) {
    return shared_models()->melody;
}

void cases_melody_end(void) {
    tb_melody_free(&melody);
}

static const TbMelodyOptions *plain(void) {
    static TbMelodyOptions o;
    tb_melody_defaults(&o);
    o.bars = 4;
    return &o;
}

/* ---- melodies ---- */

static void free_melody(Out *out) {
    tb_melody_free((TbMelody *)(void *)out->bytes);
}

static TbMelody *result(Out *out) {
    return (TbMelody *)(void *)out->bytes;
}

static TbStatus from_score(Out *out) {
    return tb_melody_from_score(shared_tune(), 0, 0, result(out));
}

static TbStatus to_score(Out *out) {
    return tb_melody_to_score(shared_melody(), &out->score);
}

/* ---- what a model does ---- */

static TbStatus draw(Out *out) {
    return tb_melody_draw(model(), plain(), result(out));
}

static TbStatus go_on(Out *out) {
    return tb_melody_continue(model(), shared_melody(), plain(), result(out));
}

static TbStatus fill(Out *out) {
    return tb_melody_fill(model(), shared_melody(), 1, 2, plain(), result(out));
}

static TbStatus vary(Out *out) {
    return tb_melody_vary(model(), shared_melody(), 0.5, plain(), result(out));
}

enum { STEPS = 3 };

static void free_melodies(Out *out) {
    TbMelody *melodies = out->list.items;
    for (int i = 0; i < STEPS; i++)
        tb_melody_free(&melodies[i]);
}

static TbStatus interpolate(Out *out) {
    static TbMelody steps[STEPS];
    TbStatus status = tb_melody_interpolate(model(), shared_melody(), shared_melody(), STEPS, plain(), steps);
    out->list.items = status ? NULL : steps;
    return status;
}

static TbStatus distance(Out *out) {
    (void)out;
    double apart;
    return tb_melody_distance(shared_melody(), shared_melody(), &apart);
}

static TbStatus harmonise(Out *out) {
    return tb_melody_harmonise(model(), shared_melody(), true, result(out));
}

const NoMemoryCase cases_melody[] = {
    {.covers = "tb_melody_from_score", .run = from_score, .release = free_melody},
    {.covers = "tb_melody_to_score", .run = to_score, .release = free_score},
    {.covers = "tb_melody_draw", .run = draw, .release = free_melody},
    {.covers = "tb_melody_continue", .run = go_on, .release = free_melody},
    {.covers = "tb_melody_fill", .run = fill, .release = free_melody},
    {.covers = "tb_melody_vary", .run = vary, .release = free_melody},
    {.covers = "tb_melody_interpolate", .run = interpolate, .release = free_melodies},
    {.covers = "tb_melody_distance", .run = distance},
    {.covers = "tb_melody_harmonise", .run = harmonise, .release = free_melody},
    {0},
};
