/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: pieces, their models and training. */
#include "tests/no_memory.h"
#include "tests/small_pieces.h"

#include <stdlib.h>

enum { WRITTEN = 1 << TB_ROLE_BASS | 1 << TB_ROLE_CHORDS };

/* Made when first needed, outside the counted calls: succeeds() runs each case once before. */
static TbPieceSet *set;
static TbPieceModel *model;
static TbScore score;

static TbPieceSet *shared_set(void) {
    if (!set && small_pieces(&set) != TB_OK)
        abort();
    return set;
}

static TbPieceModel *shared_model(void) {
    if (!model && small_piece_model(1, &model) != TB_OK)
        abort();
    return model;
}

static const TbScore *shared_score(void) {
    if (!score.ticks_per_quarter && small_piece(1, 4, 4, &score) != TB_OK)
        abort();
    return &score;
}

void cases_piece_end(void) {
    tb_piece_set_free(set);
    tb_piece_model_free(model);
    tb_score_free(&score);
}

static TbPieceOptions plain(void) {
    TbPieceOptions o;
    tb_piece_defaults(&o);
    return o;
}

static void free_set(Out *out) {
    tb_piece_set_free(out->p);
}

static TbStatus set_new(Out *out) {
    TbPieceSet *made;
    shared_score();
    TbStatus status = tb_piece_set_new(&made);
    if (status == TB_OK && (status = tb_piece_set_add(made, &score, 0, 1, false, NULL)) != TB_OK)
        tb_piece_set_free(made);
    else
        out->p = made;
    return status;
}

static TbStatus roles(Out *out) {
    (void)out;
    TbRole role[8];
    return tb_piece_roles(shared_score(), role);
}

/* ---- models ---- */

static void free_model(Out *out) {
    tb_piece_model_free(out->p);
}

static TbStatus train(Out *out) {
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    small_piece_options(&plan, &o);
    plan.steps = plan.look_every = 1;
    plan.batch = o.look_windows = 1;
    plan.checkpoint = scratch_file("piece.checkpoint");
    return tbi_piece_train(shared_set(), &small_piece_sizes, &plan, &o, (TbPieceModel **)&out->p);
}

static TbStatus train_with_start(Out *out) {
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    small_piece_options(&plan, &o);
    plan.steps = plan.look_every = 1;
    plan.batch = o.look_windows = 1;
    o.start = shared_model();
    return tb_piece_train(shared_set(), &plan, &o, (TbPieceModel **)&out->p);
}

static void free_bytes(Out *out) {
    free(out->list.items);
}

static TbStatus print(Out *out) {
    return tb_piece_model_print(shared_model(), &out->list.items, &out->list.n);
}

static TbStatus parse(Out *out) {
    static void *data;
    static size_t n;
    if (!data && tb_piece_model_print(shared_model(), &data, &n) != TB_OK)
        abort();
    return tb_piece_model_parse(data, n, (TbPieceModel **)&out->p);
}

static TbStatus write_model(Out *out) {
    (void)out;
    return tb_piece_model_write(shared_model(), scratch_file("piece.safetensors"));
}

static TbStatus read_model(Out *out) {
    static bool written;
    if (!written && tb_piece_model_write(shared_model(), scratch_file("a_piece.safetensors")) != TB_OK)
        abort();
    written = true;
    return tb_piece_model_read(scratch_file("a_piece.safetensors"), (TbPieceModel **)&out->p);
}

/* ---- what a model does ---- */

static void free_score(Out *out) {
    tb_score_free(&out->score);
}

static TbStatus write_parts(Out *out) {
    const TbPieceOptions o = plain();
    return tb_piece_write_parts(shared_model(), shared_score(), WRITTEN, &o, &out->score);
}

static TbStatus go_on(Out *out) {
    const TbPieceOptions o = plain();
    return tb_piece_continue(shared_model(), shared_score(), 1, &o, &out->score);
}

static TbStatus fill(Out *out) {
    const TbPieceOptions o = plain();
    return tb_piece_fill(shared_model(), shared_score(), 1, 1, 0, &o, &out->score);
}

const NoMemoryCase cases_piece[] = {
    {"tb_piece_set_new tb_piece_set_add", set_new, free_set, NULL, false},
    {"tb_piece_roles", roles, NULL, NULL, false},
    {"tbi_piece_train", train, free_model, NULL, false},
    {"tb_piece_train", train_with_start, free_model, NULL, false},
    {"tb_piece_model_print", print, free_bytes, NULL, false},
    {"tb_piece_model_parse", parse, free_model, NULL, false},
    {"tb_piece_model_write", write_model, NULL, "piece.safetensors", false},
    {"tb_piece_model_read", read_model, free_model, NULL, false},
    {"tb_piece_write_parts", write_parts, free_score, NULL, false},
    {"tb_piece_continue", go_on, free_score, NULL, false},
    {"tb_piece_fill", fill, free_score, NULL, false},
    {0},
};
