/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: sets of music, training on them, and files of models. */
#include "tests/no_memory.h"
#include "tests/small_music.h"

#include <stdlib.h>
#include <unistd.h>

/* Made when first needed, outside the counted calls: succeeds() runs each case once before. */
static TbMusicModels models;
static TbRhythmSet *rhythms;
static TbMelodySet *melodies;
static TbPieceSet *pieces;
static TbScore beat, tune, piece;

const TbMusicModels *shared_models(void) {
    if (!models.rhythm && small_music(&models) != TB_OK)
        abort();
    return &models;
}

/* A score that is made once. */
static const TbScore *shared(TbScore *score,
                             TbStatus (*make)(uint64_t seed, int numerator, int denominator, TbScore *)) {
    if (!score->n_notes && make(1, 4, 4, score) != TB_OK)
        abort();
    return score;
}

const TbScore *shared_beat(void) {
    return shared(&beat, small_beat);
}
const TbScore *shared_tune(void) {
    return shared(&tune, small_tune);
}
const TbScore *shared_piece(void) {
    return shared(&piece, small_piece);
}

void cases_models_end(void) {
    tb_rhythm_set_free(rhythms);
    tb_melody_set_free(melodies);
    tb_piece_set_free(pieces);
    tb_music_models_free(&models);
    tb_score_free(&beat);
    tb_score_free(&tune);
    tb_score_free(&piece);
}

/* ---- sets ---- */

static TbStatus rhythm_set(Out *out) {
    TbRhythmSet *set = NULL;
    TbStatus status = tb_rhythm_set_new(&set);
    status = status ? status : tb_rhythm_set_add(set, shared_beat(), tb_drum_map(NULL), 0, 0, false, NULL);
    tb_rhythm_set_free(set);
    (void)out;
    return status;
}

static TbStatus melody_set(Out *out) {
    TbMelodySet *set = NULL;
    TbStatus status = tb_melody_set_new(&set);
    status = status ? status : tb_melody_set_add(set, shared_tune(), false, NULL);
    tb_melody_set_free(set);
    (void)out;
    return status;
}

static TbStatus piece_set(Out *out) {
    TbPieceSet *set = NULL;
    TbStatus status = tb_piece_set_new(&set);
    status = status ? status : tb_piece_set_add(set, shared_piece(), 0, 1, false, NULL);
    tb_piece_set_free(set);
    (void)out;
    return status;
}

/* ---- training: new weights, with a checkpoint, and given weights ---- */

/* One step and one look. */
static void shorten(TbTrainingPlan *plan, size_t batch, const char *checkpoint) {
    plan->steps = plan->look_every = 1;
    plan->batch = batch;
    plan->checkpoint = checkpoint;
}

static TbTrainingPlan rhythm_plan(const char *checkpoint, TbRhythmTrainOptions *o) {
    TbTrainingPlan plan;
    if (!rhythms && small_rhythms(&rhythms) != TB_OK)
        abort();
    small_rhythm_options(&plan, o);
    shorten(&plan, 2, checkpoint);
    return plan;
}

static TbStatus train_rhythm(Out *out) {
    TbRhythmTrainOptions o;
    const TbTrainingPlan plan = rhythm_plan(scratch_file("rhythm.checkpoint"), &o);
    return tbi_rhythm_train(rhythms, &small_rhythm_sizes, &plan, &o, (TbRhythmModel **)&out->p);
}

static TbStatus tune_rhythm(Out *out) {
    TbRhythmTrainOptions o;
    const TbTrainingPlan plan = rhythm_plan(NULL, &o);
    o.start = shared_models()->rhythm;
    return tb_rhythm_train(rhythms, &plan, &o, (TbRhythmModel **)&out->p);
}

static TbTrainingPlan melody_plan(const char *checkpoint, TbMelodyTrainOptions *o) {
    TbTrainingPlan plan;
    if (!melodies && small_melodies(&melodies) != TB_OK)
        abort();
    small_melody_options(&plan, o);
    shorten(&plan, 2, checkpoint);
    return plan;
}

static TbStatus train_melody(Out *out) {
    TbMelodyTrainOptions o;
    const TbTrainingPlan plan = melody_plan(scratch_file("melody.checkpoint"), &o);
    return tbi_melody_train(melodies, &small_melody_sizes, &plan, &o, (TbMelodyModel **)&out->p);
}

static TbStatus tune_melody(Out *out) {
    TbMelodyTrainOptions o;
    const TbTrainingPlan plan = melody_plan(NULL, &o);
    o.start = shared_models()->melody;
    return tb_melody_train(melodies, &plan, &o, (TbMelodyModel **)&out->p);
}

static TbTrainingPlan piece_plan(const char *checkpoint, TbPieceTrainOptions *o) {
    TbTrainingPlan plan;
    if (!pieces && small_pieces(&pieces) != TB_OK)
        abort();
    small_piece_options(&plan, o);
    shorten(&plan, 1, checkpoint);
    o->look_windows = 1;
    return plan;
}

static TbStatus train_piece(Out *out) {
    TbPieceTrainOptions o;
    const TbTrainingPlan plan = piece_plan(scratch_file("piece.checkpoint"), &o);
    return tbi_piece_train(pieces, &small_piece_sizes, &plan, &o, (TbPieceModel **)&out->p);
}

static TbStatus tune_piece(Out *out) {
    TbPieceTrainOptions o;
    const TbTrainingPlan plan = piece_plan(NULL, &o);
    o.start = shared_models()->piece;
    return tb_piece_train(pieces, &plan, &o, (TbPieceModel **)&out->p);
}

/* ---- files ---- */

static void free_models(Out *out) {
    tb_music_models_free((TbMusicModels *)(void *)out->bytes);
}
static void free_rhythm_model(Out *out) {
    tb_rhythm_model_free(out->p);
}
static void free_melody_model(Out *out) {
    tb_melody_model_free(out->p);
}
static void free_piece_model(Out *out) {
    tb_piece_model_free(out->p);
}

static TbStatus print(Out *out) {
    return tb_music_models_print(shared_models(), &out->list.items, &out->list.n);
}
static TbStatus print_rhythm(Out *out) {
    return tb_rhythm_model_print(shared_models()->rhythm, &out->list.items, &out->list.n);
}
static TbStatus print_melody(Out *out) {
    return tb_melody_model_print(shared_models()->melody, &out->list.items, &out->list.n);
}
static TbStatus print_piece(Out *out) {
    return tb_piece_model_print(shared_models()->piece, &out->list.items, &out->list.n);
}

/* The file of all models, from which each kind reads its own; printed once. */
static TbPrintedModels printed(void) {
    static void *data;
    static size_t n;
    if (!data && tb_music_models_print(shared_models(), &data, &n) != TB_OK)
        abort();
    return (TbPrintedModels){data, n};
}

static TbStatus parse(Out *out) {
    const TbPrintedModels file = printed();
    return tb_music_models_parse(file.data, file.n_bytes, (TbMusicModels *)(void *)out->bytes);
}
static TbStatus parse_rhythm(Out *out) {
    const TbPrintedModels file = printed();
    return tb_rhythm_model_parse(file.data, file.n_bytes, (TbRhythmModel **)&out->p);
}
static TbStatus parse_melody(Out *out) {
    const TbPrintedModels file = printed();
    return tb_melody_model_parse(file.data, file.n_bytes, (TbMelodyModel **)&out->p);
}
static TbStatus parse_piece(Out *out) {
    const TbPrintedModels file = printed();
    return tb_piece_model_parse(file.data, file.n_bytes, (TbPieceModel **)&out->p);
}

/* The printed models and a file of no tensors. */
static TbStatus merge_models(Out *out) {
    static const char *const metadata[] = {"format", "timbrel music", "other.version", "1", NULL};
    static void *data;
    static size_t n;
    bool found;
    if (!data && tb_tensor_file_serialize(NULL, 0, metadata, &data, &n) != TB_OK)
        abort();
    const TbPrintedModels files[] = {printed(), {data, n}};
    TbStatus status = tbi_models_find(files[0].data, files[0].n_bytes, "melody", &found);
    return status ? status : tbi_models_merge(files, 2, &out->list.items, &out->list.n);
}

static TbStatus write_models(Out *out) {
    (void)out;
    return tb_music_models_write(shared_models(), scratch_file("written.safetensors"));
}
static TbStatus write_rhythm(Out *out) {
    (void)out;
    return tb_rhythm_model_write(shared_models()->rhythm, scratch_file("rhythm.safetensors"));
}
static TbStatus write_melody(Out *out) {
    (void)out;
    return tb_melody_model_write(shared_models()->melody, scratch_file("melody.safetensors"));
}
static TbStatus write_piece(Out *out) {
    (void)out;
    return tb_piece_model_write(shared_models()->piece, scratch_file("piece.safetensors"));
}

/* As `printed`, written once. */
static const char *written(void) {
    const char *path = scratch_file("music.safetensors");
    if (access(path, F_OK) != 0 && tb_music_models_write(shared_models(), path) != TB_OK)
        abort();
    return path;
}

static TbStatus read_models(Out *out) {
    return tb_music_models_read(written(), (TbMusicModels *)(void *)out->bytes);
}
static TbStatus read_rhythm(Out *out) {
    return tb_rhythm_model_read(written(), (TbRhythmModel **)&out->p);
}
static TbStatus read_melody(Out *out) {
    return tb_melody_model_read(written(), (TbMelodyModel **)&out->p);
}
static TbStatus read_piece(Out *out) {
    return tb_piece_model_read(written(), (TbPieceModel **)&out->p);
}

const NoMemoryCase cases_models[] = {
    {.covers = "tb_rhythm_set_new tb_rhythm_set_add", .run = rhythm_set},
    {.covers = "tb_melody_set_new tb_melody_set_add", .run = melody_set},
    {.covers = "tb_piece_set_new tb_piece_set_add", .run = piece_set},
    {.covers = "tbi_rhythm_train", .run = train_rhythm, .release = free_rhythm_model, .slow = true},
    {.covers = "tbi_melody_train", .run = train_melody, .release = free_melody_model, .slow = true},
    {.covers = "tbi_piece_train", .run = train_piece, .release = free_piece_model},
    {.covers = "tb_rhythm_train", .run = tune_rhythm, .release = free_rhythm_model, .slow = true},
    {.covers = "tb_melody_train", .run = tune_melody, .release = free_melody_model, .slow = true},
    {.covers = "tb_piece_train", .run = tune_piece, .release = free_piece_model},
    {.covers = "tb_rhythm_model_print", .run = print_rhythm, .release = free_list},
    {.covers = "tb_melody_model_print", .run = print_melody, .release = free_list},
    {.covers = "tb_piece_model_print", .run = print_piece, .release = free_list},
    {.covers = "tb_music_models_print", .run = print, .release = free_list, .slow = true},
    {.covers = "tb_rhythm_model_parse", .run = parse_rhythm, .release = free_rhythm_model},
    {.covers = "tb_melody_model_parse", .run = parse_melody, .release = free_melody_model},
    {.covers = "tb_piece_model_parse", .run = parse_piece, .release = free_piece_model},
    {.covers = "tb_music_models_parse", .run = parse, .release = free_models, .slow = true},
    {.covers = "tbi_models_find tbi_models_merge", .run = merge_models, .release = free_list},
    {.covers = "tb_rhythm_model_write", .run = write_rhythm, .writes = "rhythm.safetensors"},
    {.covers = "tb_melody_model_write", .run = write_melody, .writes = "melody.safetensors"},
    {.covers = "tb_piece_model_write", .run = write_piece, .writes = "piece.safetensors"},
    {.covers = "tb_music_models_write", .run = write_models, .writes = "written.safetensors", .slow = true},
    {.covers = "tb_rhythm_model_read", .run = read_rhythm, .release = free_rhythm_model},
    {.covers = "tb_melody_model_read", .run = read_melody, .release = free_melody_model},
    {.covers = "tb_piece_model_read", .run = read_piece, .release = free_piece_model},
    {.covers = "tb_music_models_read", .run = read_models, .release = free_models, .slow = true},
    {0},
};
