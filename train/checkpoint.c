/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/checkpoint.h"
#include "base/no_memory.h"
#include "vae/training.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_WRITE "%zu %zu %zu %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64
#define PLACE_READ "%zu %zu %zu %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
#define FORMAT "timbrel checkpoint 3"

/* Identifies a run: everything that must agree for a resumed run to continue it exactly. */
static void identity(char *text, size_t size, const TbTrainOptions *o, uint64_t fingerprint) {
    const TbVaeConfig *c = &o->net;
    snprintf(text, size,
             "%d %d %d %d %d %d %zu %" PRIu64 " %d %.17g %.17g %.17g %.17g %.17g %016" PRIx64 " %016" PRIx64,
             c->latent_dim, c->encoder_width, c->encoder_layers, c->decoder_width, c->decoder_layers, c->input_dim,
             o->batch, o->seed, o->n_threads, o->learning_rate, o->beta, o->free_bits, o->augment, o->audio_share,
             fingerprint, o->from ? tb_model_fingerprint(o->from) : 0);
}

/* A TbTrainPoint as a row of bits, for the tensor "history". */
enum { POINT = 8 };

static void pack_point(const TbTrainPoint *p, uint64_t *row) {
    const double values[POINT - 2] = {p->seconds, p->loss, p->kl, p->audio_loss, p->validation_db, p->train_db};
    row[0] = p->step;
    row[1] = p->n_steps;
    for (int i = 2; i < POINT; i++)
        row[i] = tbi_bits_of(values[i - 2]);
}

static void unpack_point(const uint64_t *row, TbTrainPoint *p) {
    *p = (TbTrainPoint){.step = (size_t)row[0],
                        .n_steps = (size_t)row[1],
                        .seconds = tbi_double_of(row[2]),
                        .loss = tbi_double_of(row[3]),
                        .kl = tbi_double_of(row[4]),
                        .audio_loss = tbi_double_of(row[5]),
                        .validation_db = tbi_double_of(row[6]),
                        .train_db = tbi_double_of(row[7])};
}

static TbStatus read_history(const TbTensorFile *file, const char *path, TrainState *state) {
    const TbTensorView *v = tb_tensor_file_find(file, "history");
    if (!v || v->dtype != TB_I64 || v->n_dims != 2 || v->shape[1] != POINT)
        return tbi_checkpoint_damaged(path);
    state->n_points = v->shape[0];
    state->points = malloc((state->n_points + 1) * sizeof *state->points);
    if (!state->points)
        return tbi_no_memory("for the training history");
    for (size_t i = 0; i < state->n_points; i++) {
        uint64_t row[POINT];
        memcpy(row, (const char *)v->data + i * sizeof row, sizeof row);
        unpack_point(row, &state->points[i]);
    }
    return TB_OK;
}

TbStatus tbi_checkpoint_write(const char *path, const TrainState *state, TbTraining *training,
                              const TbTrainOptions *options, uint64_t fingerprint) {
    uint64_t *history = malloc((state->n_points + 1) * POINT * sizeof *history);
    if (!history)
        return tbi_no_memory("for the checkpoint");
    for (size_t i = 0; i < state->n_points; i++)
        pack_point(&state->points[i], history + i * POINT);
    char id[400], place[200];
    identity(id, sizeof id, options, fingerprint);
    snprintf(place, sizeof place, PLACE_WRITE, state->step, state->n_steps, state->round_first,
             tbi_bits_of(state->seconds), tbi_bits_of(state->loss), tbi_bits_of(state->kl),
             tbi_bits_of(state->audio_loss));
    const TbTensorView view = {"history", TB_I64, 2, {state->n_points, POINT}, history};
    const TbCheckpoint checkpoint = {FORMAT, id, place, &view, 1};
    TbStatus status = tbi_training_save(training, &checkpoint, path);
    free(history);
    return status;
}

TbStatus tbi_checkpoint_read(const char *path, TrainState *state, TbTraining *training, const TbTrainOptions *options,
                             uint64_t fingerprint) {
    TbTensorFile *file = NULL;
    char id[400];
    uint64_t seconds, loss, kl, audio;
    identity(id, sizeof id, options, fingerprint);
    TbStatus status = tbi_training_resume(training, FORMAT, id, path, &file);
    if (status != TB_OK)
        return status;
    if (sscanf(tb_tensor_file_metadata(file, "place"), PLACE_READ, &state->step, &state->n_steps, &state->round_first,
               &seconds, &loss, &kl, &audio) != 7 ||
        !(tbi_double_of(seconds) >= 0)) /* false for NaN, too */
        status = tbi_checkpoint_damaged(path);
    if (status == TB_OK)
        status = read_history(file, path, state);
    if (status == TB_OK) {
        state->seconds = tbi_double_of(seconds);
        state->loss = tbi_double_of(loss);
        state->kl = tbi_double_of(kl);
        state->audio_loss = tbi_double_of(audio);
    }
    tb_tensor_file_free(file);
    return status;
}
