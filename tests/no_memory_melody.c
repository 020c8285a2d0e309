/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: melodies, their models and training. */
#include "tests/no_memory.h"
#include "tests/small_melodies.h"

#include <stdlib.h>

/* Made when first needed, outside the counted calls: succeeds() runs each case once before. */
static TbMelodySet *set;
static TbMelodyModel *model;
static TbScore score;
static TbMelody melody;

static TbMelodySet *shared_set(void) {
    if (!set && small_melodies(&set) != TB_OK)
        abort();
    return set;
}

static TbMelodyModel *shared_model(void) {
    if (!model && tbi_melody_model_new(&small_melody_sizes, &model) != TB_OK)
        abort();
    return model;
}

static const TbMelody *shared_melody(void) {
    if (!score.ticks_per_quarter && small_tune(1, 4, 4, &score) != TB_OK)
        abort();
    if (!melody.notes && tb_melody_from_score(&score, 0, 0, &melody) != TB_OK)
        abort();
    return &melody;
}

void cases_melody_end(void) {
    tb_melody_set_free(set);
    tb_melody_model_free(model);
    tb_melody_free(&melody);
    tb_score_free(&score);
}

static TbMelodyOptions plain(void) {
    TbMelodyOptions o;
    tb_melody_defaults(&o);
    o.bars = 4;
    return o;
}

/* ---- melodies ---- */

static void free_melody(Out *out) {
    tb_melody_free((TbMelody *)(void *)out->bytes);
}

static TbMelody *result(Out *out) {
    return (TbMelody *)(void *)out->bytes;
}

static TbStatus from_score(Out *out) {
    shared_melody();
    return tb_melody_from_score(&score, 0, 0, result(out));
}

static void free_score(Out *out) {
    tb_score_free(&out->score);
}

static TbStatus to_score(Out *out) {
    return tb_melody_to_score(shared_melody(), &out->score);
}

static TbStatus add_to_score(Out *out) {
    (void)out;
    TbScore own;
    size_t part;
    TbStatus status = tb_score_new(480, &own);
    if (status)
        return status;
    status = tb_score_add_part(&own, "", -1, 0, &part);
    status = status ? status : tb_melody_add_to_score(shared_melody(), 1, 2, 0, part, &own);
    tb_score_free(&own);
    return status;
}

static void free_set(Out *out) {
    tb_melody_set_free(out->p);
}

static TbStatus set_new(Out *out) {
    TbMelodySet *made;
    shared_melody();
    TbStatus status = tb_melody_set_new(&made);
    if (status == TB_OK && (status = tb_melody_set_add(made, &score, false, NULL)) != TB_OK)
        tb_melody_set_free(made);
    else
        out->p = made;
    return status;
}

/* ---- models ---- */

static void free_model(Out *out) {
    tb_melody_model_free(out->p);
}

static TbStatus train(Out *out) {
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    small_melody_options(&plan, &o);
    plan.steps = plan.look_every = 1;
    plan.batch = 2;
    plan.checkpoint = scratch_file("melody.checkpoint");
    return tbi_melody_train(shared_set(), &small_melody_sizes, &plan, &o, (TbMelodyModel **)&out->p);
}

static TbStatus train_with_start(Out *out) {
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    small_melody_options(&plan, &o);
    plan.steps = plan.look_every = 1;
    plan.batch = 2;
    o.start = shared_model();
    return tb_melody_train(shared_set(), &plan, &o, (TbMelodyModel **)&out->p);
}

static void free_bytes(Out *out) {
    free(out->list.items);
}

static TbStatus print(Out *out) {
    return tb_melody_model_print(shared_model(), &out->list.items, &out->list.n);
}

static TbStatus parse(Out *out) {
    static void *data;
    static size_t n;
    if (!data && tb_melody_model_print(shared_model(), &data, &n) != TB_OK)
        abort();
    return tb_melody_model_parse(data, n, (TbMelodyModel **)&out->p);
}

/* The printed model and a model of no tensors. */
static TbStatus merge_models(Out *out) {
    static const char *const metadata[] = {"format", "timbrel music", "other.version", "1", NULL};
    static TbPrintedModels files[2];
    bool found;
    for (int i = 0; i < 2 && !files[i].data; i++) {
        void *data;
        if (i == 0 ? tb_melody_model_print(shared_model(), &data, &files[i].n_bytes) != TB_OK
                   : tb_tensor_file_serialize(NULL, 0, metadata, &data, &files[i].n_bytes) != TB_OK)
            abort();
        files[i].data = data;
    }
    TbStatus status = tbi_models_find(files[0].data, files[0].n_bytes, "melody", &found);
    return status ? status : tbi_models_merge(files, 2, &out->list.items, &out->list.n);
}

static TbStatus write_model(Out *out) {
    (void)out;
    return tb_melody_model_write(shared_model(), scratch_file("melody.safetensors"));
}

static TbStatus read_model(Out *out) {
    static bool written;
    if (!written && tb_melody_model_write(shared_model(), scratch_file("a_melody.safetensors")) != TB_OK)
        abort();
    written = true;
    return tb_melody_model_read(scratch_file("a_melody.safetensors"), (TbMelodyModel **)&out->p);
}

/* ---- what a model does ---- */

static TbStatus draw(Out *out) {
    const TbMelodyOptions o = plain();
    return tb_melody_draw(shared_model(), &o, result(out));
}

static TbStatus go_on(Out *out) {
    const TbMelodyOptions o = plain();
    return tb_melody_continue(shared_model(), shared_melody(), &o, result(out));
}

static TbStatus fill(Out *out) {
    const TbMelodyOptions o = plain();
    return tb_melody_fill(shared_model(), shared_melody(), 1, 2, &o, result(out));
}

static TbStatus vary(Out *out) {
    const TbMelodyOptions o = plain();
    return tb_melody_vary(shared_model(), shared_melody(), 0.5, &o, result(out));
}

enum { STEPS = 3 };

static void free_melodies(Out *out) {
    TbMelody *melodies = out->list.items;
    for (int i = 0; i < STEPS; i++)
        tb_melody_free(&melodies[i]);
}

static TbStatus interpolate(Out *out) {
    static TbMelody steps[STEPS];
    const TbMelodyOptions o = plain();
    TbStatus status = tb_melody_interpolate(shared_model(), shared_melody(), shared_melody(), STEPS, &o, steps);
    out->list.items = status ? NULL : steps;
    return status;
}

static TbStatus distance(Out *out) {
    (void)out;
    double apart;
    return tb_melody_distance(shared_melody(), shared_melody(), &apart);
}

static TbStatus harmonise(Out *out) {
    return tb_melody_harmonise(shared_model(), shared_melody(), true, result(out));
}

const NoMemoryCase cases_melody[] = {
    {"tb_melody_from_score", from_score, free_melody, NULL, false},
    {"tb_melody_to_score", to_score, free_score, NULL, false},
    {"tb_melody_add_to_score", add_to_score, NULL, NULL, false},
    {"tb_melody_set_new tb_melody_set_add", set_new, free_set, NULL, false},
    {"tbi_melody_train", train, free_model, NULL, false},
    {"tb_melody_train", train_with_start, free_model, NULL, true},
    {"tb_melody_model_print", print, free_bytes, NULL, false},
    {"tb_melody_model_parse", parse, free_model, NULL, false},
    {"tbi_models_find tbi_models_merge", merge_models, free_bytes, NULL, false},
    {"tb_melody_model_write", write_model, NULL, "melody.safetensors", false},
    {"tb_melody_model_read", read_model, free_model, NULL, false},
    {"tb_melody_draw", draw, free_melody, NULL, false},
    {"tb_melody_continue", go_on, free_melody, NULL, false},
    {"tb_melody_fill", fill, free_melody, NULL, false},
    {"tb_melody_vary", vary, free_melody, NULL, false},
    {"tb_melody_interpolate", interpolate, free_melodies, NULL, false},
    {"tb_melody_distance", distance, NULL, NULL, false},
    {"tb_melody_harmonise", harmonise, free_melody, NULL, false},
    {0},
};
