/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: training. */
#include "tests/no_memory.h"

#include <unistd.h>

/* A sound to learn from, made once. */
static const char *sound_file(void) {
    const char *path = scratch_file("train.wav");
    if (access(path, F_OK))
        (void)!tb_audio_write(path, things.audio.samples, things.audio.n_samples, 44100, TB_BITS_16);
    return path;
}

static TbStatus dataset_of(TbDataset **dataset) {
    const char *path = sound_file();
    return tb_dataset_new(&path, 1, 1000, 1, NULL, NULL, dataset);
}

static TbStatus dataset_within(Out *out) {
    const char *path = sound_file();
    return tb_dataset_new_within(60, &path, 1, 1000, 1, NULL, NULL, &out->dataset);
}

static TbStatus dataset_new(Out *out) {
    return dataset_of(&out->dataset);
}

static void free_dataset(Out *out) {
    tb_dataset_free(out->dataset);
}

static TbDataset *dataset;

static TbStatus prepared(void) {
    return dataset ? TB_OK : dataset_of(&dataset);
}

static TbTrainOptions small_run(void) {
    TbTrainOptions o;
    tb_train_defaults(&o);
    o.net = tb_model_config();
    o.net.latent_dim = 8;
    o.net.encoder_width = o.net.decoder_width = 16;
    o.batch = 4;
    o.steps = 2;
    o.n_threads = 1;
    return o;
}

static TbStatus train_with(const TbTrainOptions *o, Out *out) {
    TbStatus status = prepared();
    return status ? status : tb_train(dataset, o, NULL, NULL, &out->model, NULL);
}

static TbStatus train(Out *out) {
    const TbTrainOptions o = small_run();
    return train_with(&o, out);
}

static TbStatus train_on_audio(Out *out) {
    TbTrainOptions o = small_run();
    o.audio_share = 0.5;
    o.checkpoint = scratch_file("checkpoint");
    unlink(o.checkpoint);
    return train_with(&o, out);
}

/* Resumes the run of the case before. */
static TbStatus train_resumed(Out *out) {
    TbTrainOptions o = small_run();
    o.steps = 3;
    o.checkpoint = scratch_file("resumed");
    if (access(o.checkpoint, F_OK)) {
        Out first = {.model = NULL};
        (void)!train_with(&o, &first);
        tb_model_free(first.model);
    }
    o.resume = true;
    return train_with(&o, out);
}

static TbStatus train_notes(Out *out) {
    TbNoteTrainOptions o = {.size = sizeof(TbNoteTrainOptions), .steps = 1, .n_threads = 1, .seed = 1};
    TbNoteTrainStats stats;
    TbVae *vae = NULL;
    TbModel *model = NULL;
    TbStatus status = prepared();
    status = status ? status : tb_vae_clone(things.vae, &vae);
    status = status ? status : tb_model_new(vae, NULL, &model);
    status = status ? status : tb_train_notes(dataset, &o, NULL, NULL, model, &stats);
    if (status)
        tb_model_free(model);
    else
        out->model = model;
    return status;
}

void cases_train_end(void) {
    tb_dataset_free(dataset);
}

const NoMemoryCase cases_train[] = {
    {.covers = "tb_dataset_new", .run = dataset_new, .release = free_dataset, .slow = true},
    {.covers = "tb_dataset_new_within", .run = dataset_within, .release = free_dataset, .slow = true},
    {.covers = "tb_train", .run = train, .release = free_model},
    {.covers = "tb_train (on audio)", .run = train_on_audio, .release = free_model, .slow = true},
    {.covers = "tb_train (resumed)", .run = train_resumed, .release = free_model},
    {.covers = "tb_train_notes", .run = train_notes, .release = free_model, .slow = true},
    {.run = NULL},
};
