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

/* ---- the networks ---- */

/* One step and one look. */
static void shorten(TbTrainingPlan *plan, const char *checkpoint) {
    plan->steps = plan->look_every = 1;
    plan->batch = 2;
    plan->checkpoint = checkpoint;
}

/* The file of all models, from which each kind reads its own; printed once. */
static TbPrintedModels printed(void) {
    static void *data;
    static size_t n;
    if (!data && tb_music_models_print(shared_models(), &data, &n) != TB_OK)
        abort();
    return (TbPrintedModels){data, n};
}

/* As `printed`, written once. */
static const char *written(void) {
    const char *path = scratch_file("music.safetensors");
    if (access(path, F_OK) != 0 && tb_music_models_write(shared_models(), path) != TB_OK)
        abort();
    return path;
}

/* The cases of a network: its set; training of new weights, with a checkpoint, and of given ones; files. more: sets
 * options. */
#define NETWORK(name, Name, set, small_set, score, more)                                                               \
    static TbStatus name##_set(Out *out) {                                                                             \
        Tb##Name##Set *made = NULL;                                                                                    \
        TbStatus status = tb_##name##_set_new(&made);                                                                  \
        status = status ? status : small_##name##_add(made, 0, score(), false);                                        \
        tb_##name##_set_free(made);                                                                                    \
        (void)out;                                                                                                     \
        return status;                                                                                                 \
    }                                                                                                                  \
    static TbTrainingPlan name##_plan(const char *checkpoint, Tb##Name##TrainOptions *o) {                             \
        TbTrainingPlan plan;                                                                                           \
        if (!set && small_set(&set) != TB_OK)                                                                          \
            abort();                                                                                                   \
        small_##name##_options(&plan, o);                                                                              \
        shorten(&plan, checkpoint);                                                                                    \
        more;                                                                                                          \
        return plan;                                                                                                   \
    }                                                                                                                  \
    static TbStatus train_##name(Out *out) {                                                                           \
        Tb##Name##TrainOptions o;                                                                                      \
        const TbTrainingPlan plan = name##_plan(scratch_file(#name ".checkpoint"), &o);                                \
        return tbi_##name##_train(set, &small_##name##_sizes, &plan, &o, (Tb##Name##Model **)&out->p);                 \
    }                                                                                                                  \
    static TbStatus tune_##name(Out *out) {                                                                            \
        Tb##Name##TrainOptions o;                                                                                      \
        const TbTrainingPlan plan = name##_plan(NULL, &o);                                                             \
        o.start = shared_models()->name;                                                                               \
        return tb_##name##_train(set, &plan, &o, (Tb##Name##Model **)&out->p);                                         \
    }                                                                                                                  \
    static void free_##name##_model(Out *out) {                                                                        \
        tb_##name##_model_free(out->p);                                                                                \
    }                                                                                                                  \
    static TbStatus print_##name(Out *out) {                                                                           \
        return tb_##name##_model_print(shared_models()->name, &out->list.items, &out->list.n);                         \
    }                                                                                                                  \
    static TbStatus parse_##name(Out *out) {                                                                           \
        const TbPrintedModels file = printed();                                                                        \
        return tb_##name##_model_parse(file.data, file.n_bytes, (Tb##Name##Model **)&out->p);                          \
    }                                                                                                                  \
    static TbStatus write_##name(Out *out) {                                                                           \
        (void)out;                                                                                                     \
        return tb_##name##_model_write(shared_models()->name, scratch_file(#name ".safetensors"));                     \
    }                                                                                                                  \
    static TbStatus read_##name(Out *out) {                                                                            \
        return tb_##name##_model_read(written(), (Tb##Name##Model **)&out->p);                                         \
    }
NETWORK(rhythm, Rhythm, rhythms, small_rhythms, shared_beat, (void)0)
NETWORK(melody, Melody, melodies, small_melodies, shared_tune, (void)0)
NETWORK(piece, Piece, pieces, small_pieces, shared_piece, o->look_windows = plan.batch = 1)

/* ---- all in one file ---- */

static void free_models(Out *out) {
    tb_music_models_free((TbMusicModels *)(void *)out->bytes);
}

static TbStatus print(Out *out) {
    return tb_music_models_print(shared_models(), &out->list.items, &out->list.n);
}

static TbStatus parse(Out *out) {
    const TbPrintedModels file = printed();
    return tb_music_models_parse(file.data, file.n_bytes, (TbMusicModels *)(void *)out->bytes);
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

static TbStatus read_models(Out *out) {
    return tb_music_models_read(written(), (TbMusicModels *)(void *)out->bytes);
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
