/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: tracks, what is made of them, and scores as a whole. */
#include "tests/no_memory.h"

static TbComposeOptions short_track(void) {
    TbComposeOptions o;
    tb_compose_defaults(&o);
    o.bars = 1;
    o.tonic = 0;
    return o;
}

static void free_scores(Out *out) {
    for (int k = 0; k < 3; k++)
        tb_score_free(&out->scores[k]);
}

/* ---- tracks ---- */

static TbStatus compose(Out *out) {
    TbComposeReport report;
    const TbComposeOptions o = short_track();
    return tb_compose(shared_models(), &o, &out->score, &report);
}

static TbStatus compose_after_primer(Out *out) {
    TbComposeOptions o = short_track();
    o.primer = shared_piece();
    o.without_primer = true;
    return tb_compose(shared_models(), &o, &out->score, NULL);
}

static TbStatus compose_with_locked(Out *out) {
    TbComposeOptions o = short_track();
    o.locked = shared_piece();
    o.locked_parts = TB_COMPOSE_PART(TB_ROLE_DRUMS);
    return tb_compose(shared_models(), &o, &out->score, NULL);
}

static TbStatus vary(Out *out) {
    const TbComposeOptions o = short_track();
    return tb_compose_vary(shared_models(), shared_piece(), 0.7, &o, &out->score);
}

static TbStatus interpolate(Out *out) {
    const TbComposeOptions o = short_track();
    return tb_compose_interpolate(shared_models(), shared_piece(), shared_piece(), 3, &o,
                                  (TbScore *)(void *)out->bytes);
}

static TbStatus humanise(Out *out) {
    const TbComposeOptions o = short_track();
    return tb_compose_humanise(shared_models(), shared_piece(), 1, &o, &out->score);
}

static TbStatus harmonise(Out *out) {
    const TbComposeOptions o = short_track();
    return tb_compose_harmonise(shared_models(), shared_piece(), &o, &out->score);
}

/* ---- scores ---- */

static TbStatus cut(Out *out) {
    return tb_score_cut(shared_piece(), 1, 3, &out->score);
}

static TbStatus append(Out *out) {
    TbStatus status = tb_score_copy(shared_piece(), &out->score);
    status = status ? status : tb_score_append(&out->score, shared_piece());
    if (status)
        tb_score_free(&out->score);
    return status;
}

static TbStatus transpose(Out *out) {
    TbStatus status = tb_score_copy(shared_piece(), &out->score);
    status = status ? status : tb_score_transpose(&out->score, 2);
    if (status)
        tb_score_free(&out->score);
    return status;
}

/* A score with an empty part. */
static TbStatus part_to_fill(int channel, TbScore *own, size_t *part) {
    TbStatus status = tb_score_new(480, own);
    return status ? status : tb_score_add_part(own, "", -1, channel, part);
}

static TbStatus add_rhythm(Out *out) {
    (void)out;
    TbScore own = {0};
    size_t part;
    TbStatus status = part_to_fill(TB_SCORE_DRUM_CHANNEL, &own, &part);
    status = status ? status : tb_rhythm_add_to_score(shared_rhythm(), tb_drum_map(NULL), 0, part, &own);
    tb_score_free(&own);
    return status;
}

static TbStatus add_melody(Out *out) {
    (void)out;
    TbScore own = {0};
    size_t part;
    TbStatus status = part_to_fill(0, &own, &part);
    status = status ? status : tb_melody_add_to_score(shared_melody(), 1, 2, 0, part, &own);
    tb_score_free(&own);
    return status;
}

const NoMemoryCase cases_compose[] = {
    {.covers = "tb_compose", .run = compose, .release = free_score, .slow = true},
    {.covers = "tb_compose", .run = compose_after_primer, .release = free_score, .slow = true},
    {.covers = "tb_compose", .run = compose_with_locked, .release = free_score, .slow = true},
    {.covers = "tb_compose_vary", .run = vary, .release = free_score, .slow = true},
    {.covers = "tb_compose_interpolate", .run = interpolate, .release = free_scores, .slow = true},
    {.covers = "tb_compose_humanise", .run = humanise, .release = free_score, .slow = true},
    {.covers = "tb_compose_harmonise", .run = harmonise, .release = free_score, .slow = true},
    {.covers = "tb_score_cut", .run = cut, .release = free_score},
    {.covers = "tb_score_append", .run = append, .release = free_score},
    {.covers = "tb_score_transpose", .run = transpose, .release = free_score},
    {.covers = "tb_rhythm_add_to_score", .run = add_rhythm},
    {.covers = "tb_melody_add_to_score", .run = add_melody},
    {0},
};
