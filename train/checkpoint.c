/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/checkpoint.h"
#include "base/no_memory.h"
#include "vae/training.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_WRITE "%zu %zu %zu %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %" PRIu64
#define PLACE_READ "%zu %zu %zu %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNu64
#define FORMAT "timbrel checkpoint 2"

/* Identifies a run: everything that must agree for a resumed run to continue it exactly. */
static void identity(char *text, size_t size, const TbTrainOptions *o, uint64_t fingerprint) {
    const TbVaeConfig *c = &o->net;
    snprintf(text, size,
             "%d %d %d %d %d %d %zu %" PRIu64 " %d %.17g %.17g %.17g %.17g %.17g %016" PRIx64 " %016" PRIx64,
             c->latent_dim, c->encoder_width, c->encoder_layers, c->decoder_width, c->decoder_layers, c->input_dim,
             o->batch, o->seed, o->n_threads, o->learning_rate, o->beta, o->free_bits, o->augment, o->audio_share,
             fingerprint, o->from ? tb_model_fingerprint(o->from) : 0);
}

/* Doubles are stored as their bits: exact and locale-independent. */
static uint64_t bits_of(double x) {
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static double double_of(uint64_t b) {
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

/* A TbTrainPoint as a row of bits, for the tensor "history". */
enum { POINT = 8 };

static void pack_point(const TbTrainPoint *p, uint64_t *row) {
    const double values[POINT - 2] = {p->seconds, p->loss, p->kl, p->audio_loss, p->validation_db, p->train_db};
    row[0] = p->step;
    row[1] = p->n_steps;
    for (int i = 2; i < POINT; i++)
        row[i] = bits_of(values[i - 2]);
}

static void unpack_point(const uint64_t *row, TbTrainPoint *p) {
    *p = (TbTrainPoint){.step = (size_t)row[0],
                        .n_steps = (size_t)row[1],
                        .seconds = double_of(row[2]),
                        .loss = double_of(row[3]),
                        .kl = double_of(row[4]),
                        .audio_loss = double_of(row[5]),
                        .validation_db = double_of(row[6]),
                        .train_db = double_of(row[7])};
}

static TbStatus read_history(const TbTensorFile *file, const char *path, TrainState *state) {
    const TbTensorView *v = tb_tensor_file_find(file, "history");
    if (!v || v->dtype != TB_I64 || v->n_dims != 2 || v->shape[1] != POINT)
        return tb_fail(TB_ERR_FORMAT, "\"%s\" is a damaged checkpoint; remove it, and train without --resume.", path);
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

TbStatus tbi_checkpoint_write(const char *path, const TrainState *state, TbVae *vae, TbTrainer *trainer,
                              const TbTrainOptions *options, uint64_t fingerprint) {
    size_t n = tb_vae_n_params(vae), n_bytes = 0;
    uint64_t *history = malloc((state->n_points + 1) * POINT * sizeof *history);
    if (!history)
        return tbi_no_memory("for the checkpoint");
    for (size_t i = 0; i < state->n_points; i++)
        pack_point(&state->points[i], history + i * POINT);
    TbTensorView views[] = {
        {"weights", TB_F32, 1, {n}, tb_vae_params(vae)},
        {"moment1", TB_F32, 1, {n}, tbi_trainer_moment1(trainer)},
        {"moment2", TB_F32, 1, {n}, tbi_trainer_moment2(trainer)},
        {"best", TB_F32, 1, {n}, state->best},
        {"history", TB_I64, 2, {state->n_points, POINT}, history},
    };
    char id[400], place[300];
    identity(id, sizeof id, options, fingerprint);
    snprintf(place, sizeof place, PLACE_WRITE, state->step, state->n_steps, state->round_first, bits_of(state->seconds),
             bits_of(state->loss), bits_of(state->kl), bits_of(state->audio_loss), bits_of(state->best_db),
             tbi_trainer_n_steps(trainer));
    const char *metadata[] = {"format", FORMAT, "run", id, "place", place, NULL};
    void *data = NULL;
    TbStatus status = tb_tensor_file_serialize(views, sizeof views / sizeof *views, metadata, &data, &n_bytes);
    if (status == TB_OK)
        status = tb_write_file(path, data, n_bytes);
    free(history);
    free(data);
    return status;
}

TbStatus tbi_checkpoint_read(const char *path, TrainState *state, TbVae *vae, TbTrainer *trainer,
                             const TbTrainOptions *options, uint64_t fingerprint) {
    TbTensorFile *file = NULL;
    TbStatus status = tb_tensor_file_read(path, &file);
    if (status != TB_OK)
        return status;
    const char *format = tb_tensor_file_metadata(file, "format"), *run = tb_tensor_file_metadata(file, "run");
    const char *place = tb_tensor_file_metadata(file, "place");
    char id[400];
    uint64_t seconds, loss, kl, audio, best, adam;
    identity(id, sizeof id, options, fingerprint);
    if (!format || strcmp(format, FORMAT) != 0 || !run || !place ||
        sscanf(place, PLACE_READ, &state->step, &state->n_steps, &state->round_first, &seconds, &loss, &kl, &audio,
               &best, &adam) != 9) {
        status =
            tb_fail(TB_ERR_FORMAT, "\"%s\" is not a Timbrel checkpoint; remove it and train without --resume.", path);
    } else if (strcmp(run, id) != 0) {
        status = tb_fail(TB_ERR_ARGUMENT,
                         "\"%s\" belongs to a run with other sounds or options; give the same ones, or remove it and "
                         "train without --resume.",
                         path);
    }
    size_t n = tb_vae_n_params(vae);
    struct {
        const char *name;
        float *to;
    } slabs[] = {{"weights", tb_vae_params(vae)},
                 {"moment1", tbi_trainer_moment1(trainer)},
                 {"moment2", tbi_trainer_moment2(trainer)},
                 {"best", state->best}};
    for (size_t i = 0; status == TB_OK && i < sizeof slabs / sizeof *slabs; i++) {
        status = tb_tensor_file_floats(file, slabs[i].name, slabs[i].to, n);
        status = tb_fail_in(status, path);
    }
    if (status == TB_OK &&
        !(double_of(seconds) >= 0 && double_of(best) > -INFINITY)) /* both comparisons are false for NaN */
        status = tb_fail(TB_ERR_FORMAT, "\"%s\" is a damaged checkpoint; remove it, and train without --resume.", path);
    if (status == TB_OK)
        status = read_history(file, path, state);
    if (status == TB_OK) {
        state->seconds = double_of(seconds);
        state->loss = double_of(loss);
        state->kl = double_of(kl);
        state->audio_loss = double_of(audio);
        state->best_db = double_of(best);
        tbi_trainer_set_n_steps(trainer, adam);
    }
    tb_tensor_file_free(file);
    return status;
}
