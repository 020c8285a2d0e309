/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: rhythms, their models and training. */
#include "tests/no_memory.h"
#include "tests/small_rhythms.h"

#include <stdlib.h>

/* Made when first needed, outside the counted calls: succeeds() runs each case once before. */
static TbRhythmSet *set;
static TbRhythmModel *model;
static TbScore score;
static TbBars bars;

static TbRhythmModel *shared_model(void) {
    if (!model && tbi_rhythm_model_new(&small_rhythm_sizes, &model) != TB_OK)
        abort();
    return model;
}

static const TbScore *shared_score(void) {
    if (!score.ticks_per_quarter && (small_beat(1, 4, 4, &score) || tb_bars_new(&score, score.end, &bars)))
        abort();
    return &score;
}

static const TbRhythm *shared_rhythm(void) {
    static TbRhythm rhythm;
    shared_score();
    if (rhythm.numerator == 0 && tb_rhythm_from_score(&bars, 0, tb_drum_map(NULL), &rhythm) != TB_OK)
        abort();
    return &rhythm;
}

void cases_rhythm_end(void) {
    tb_rhythm_set_free(set);
    tb_rhythm_model_free(model);
    tb_bars_free(&bars);
    tb_score_free(&score);
}

static TbRhythmOptions plain(void) {
    TbRhythmOptions o;
    tb_rhythm_defaults(&o);
    return o;
}

/* ---- patterns ---- */

static void free_score(Out *out) {
    tb_score_free((TbScore *)(void *)out->bytes);
}

static TbStatus to_score(Out *out) {
    return tb_rhythm_to_score(shared_rhythm(), tb_drum_map(NULL), (TbScore *)(void *)out->bytes);
}

static TbStatus add_to_score(Out *out) {
    (void)out;
    TbScore own;
    size_t part;
    TbStatus status = tb_score_new(480, &own);
    if (status)
        return status;
    status = tb_score_add_part(&own, "", -1, TB_SCORE_DRUM_CHANNEL, &part);
    status = status ? status : tb_rhythm_add_to_score(shared_rhythm(), tb_drum_map(NULL), 0, part, &own);
    tb_score_free(&own);
    return status;
}

static TbStatus from_score(Out *out) {
    (void)out;
    TbBars own;
    TbRhythm rhythm;
    TbStatus status = tb_bars_new(shared_score(), score.end, &own);
    if (status)
        return status;
    status = tb_rhythm_from_score(&own, 0, tb_drum_map(NULL), &rhythm);
    tb_bars_free(&own);
    return status;
}

static void free_set(Out *out) {
    tb_rhythm_set_free(out->p);
}

static TbStatus set_new(Out *out) {
    TbRhythmSet *made;
    shared_score();
    TbStatus status = tb_rhythm_set_new(&made);
    if (status == TB_OK)
        status = tb_rhythm_set_add(made, &score, tb_drum_map(NULL), 0, 0, false, NULL);
    if (status)
        tb_rhythm_set_free(made);
    else
        out->p = made;
    return status;
}

/* ---- models ---- */

static void free_model(Out *out) {
    tb_rhythm_model_free(out->p);
}

static TbStatus train(Out *out) {
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    if (!set && small_rhythms(&set) != TB_OK)
        abort();
    small_rhythm_options(&plan, &o);
    plan.steps = plan.look_every = 1;
    plan.batch = 2;
    plan.checkpoint = scratch_file("rhythm.checkpoint");
    return tbi_rhythm_train(set, &small_rhythm_sizes, &plan, &o, (TbRhythmModel **)&out->p);
}

static TbStatus train_with_start(Out *out) {
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    if (!set && small_rhythms(&set) != TB_OK)
        abort();
    small_rhythm_options(&plan, &o);
    plan.steps = plan.look_every = 1;
    plan.batch = 2;
    o.start = shared_model();
    return tb_rhythm_train(set, &plan, &o, (TbRhythmModel **)&out->p);
}

static void free_bytes(Out *out) {
    free(out->list.items);
}

static TbStatus print(Out *out) {
    return tb_rhythm_model_print(shared_model(), &out->list.items, &out->list.n);
}

static TbStatus parse(Out *out) {
    static void *data;
    static size_t n;
    if (!data && tb_rhythm_model_print(shared_model(), &data, &n) != TB_OK)
        abort();
    return tb_rhythm_model_parse(data, n, (TbRhythmModel **)&out->p);
}

static TbStatus write_model(Out *out) {
    (void)out;
    return tb_rhythm_model_write(shared_model(), scratch_file("rhythm.safetensors"));
}

static TbStatus read_model(Out *out) {
    static bool written;
    if (!written && tb_rhythm_model_write(shared_model(), scratch_file("a_rhythm.safetensors")) != TB_OK)
        abort();
    written = true;
    return tb_rhythm_model_read(scratch_file("a_rhythm.safetensors"), (TbRhythmModel **)&out->p);
}

/* ---- what a model does ---- */

static TbStatus draw(Out *out) {
    (void)out;
    TbRhythm rhythm;
    const TbRhythmOptions o = plain();
    return tb_rhythm_draw(shared_model(), &o, &rhythm);
}

static TbStatus vary(Out *out) {
    (void)out;
    TbRhythm rhythm;
    const TbRhythmOptions o = plain();
    return tb_rhythm_vary(shared_model(), shared_rhythm(), 0.5, &o, &rhythm);
}

static TbStatus interpolate(Out *out) {
    (void)out;
    TbRhythm rhythms[3];
    const TbRhythmOptions o = plain();
    return tb_rhythm_interpolate(shared_model(), shared_rhythm(), shared_rhythm(), 3, &o, rhythms);
}

static TbStatus humanise(Out *out) {
    (void)out;
    TbRhythm rhythm;
    const TbRhythmOptions o = plain();
    return tb_rhythm_humanise(shared_model(), shared_rhythm(), 1, &o, &rhythm);
}

static TbStatus fill(Out *out) {
    (void)out;
    TbRhythm rhythm;
    TbRhythmMask locked = {{0}};
    const TbRhythmOptions o = plain();
    return tb_rhythm_fill(shared_model(), shared_rhythm(), locked, &o, &rhythm);
}

static TbStatus from_taps(Out *out) {
    (void)out;
    TbRhythm rhythm;
    const TbRhythmOptions o = plain();
    return tb_rhythm_from_taps(shared_model(), shared_rhythm(), true, &o, &rhythm);
}

static TbStatus draw_beat(Out *out) {
    (void)out;
    TbRhythm rhythm;
    const TbRhythmOptions o = plain();
    return tb_rhythm_draw_beat(shared_model(), &o, &rhythm);
}

static TbStatus section(Out *out) {
    (void)out;
    TbRhythm rhythms[2];
    TbRhythmSection s;
    const TbRhythmOptions o = plain();
    tb_rhythm_section_defaults(&s);
    s.n_bars = 4;
    return tb_rhythm_section(shared_model(), shared_rhythm(), &s, &o, rhythms);
}

const NoMemoryCase cases_rhythm[] = {
    {"tb_rhythm_to_score", to_score, free_score, NULL, false},
    {"tb_rhythm_add_to_score", add_to_score, NULL, NULL, false},
    {"tb_rhythm_from_score", from_score, NULL, NULL, false},
    {"tb_rhythm_set_new tb_rhythm_set_add", set_new, free_set, NULL, false},
    {"tbi_rhythm_train", train, free_model, NULL, false},
    {"tb_rhythm_train", train_with_start, free_model, NULL, true},
    {"tb_rhythm_model_print", print, free_bytes, NULL, false},
    {"tb_rhythm_model_parse", parse, free_model, NULL, false},
    {"tb_rhythm_model_write", write_model, NULL, "rhythm.safetensors", false},
    {"tb_rhythm_model_read", read_model, free_model, NULL, false},
    {"tb_rhythm_draw", draw, NULL, NULL, false},
    {"tb_rhythm_vary", vary, NULL, NULL, false},
    {"tb_rhythm_interpolate", interpolate, NULL, NULL, false},
    {"tb_rhythm_draw_beat", draw_beat, NULL, NULL, false},
    {"tb_rhythm_section", section, NULL, NULL, false},
    {"tb_rhythm_humanise", humanise, NULL, NULL, false},
    {"tb_rhythm_fill", fill, NULL, NULL, false},
    {"tb_rhythm_from_taps", from_taps, NULL, NULL, false},
    {0},
};
