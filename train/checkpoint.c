// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/checkpoint.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "timbrel checkpoint 1"

/* The run's identity: what must agree for a resumed run to be the same run. */
static void identity(char *text, size_t size, const TbTrainOptions *o, uint64_t fingerprint) {
    const TbVaeConfig *c = &o->net;
    snprintf(text, size,
             "%d %d %d %d %d %d %zu %" PRIu64 " %d %.17g %.17g %.17g %.17g %.17g %016" PRIx64 " %016" PRIx64,
             c->latent_dim, c->encoder_width, c->encoder_layers, c->decoder_width, c->decoder_layers, c->input_dim,
             o->batch, o->seed, o->n_threads, o->learning_rate, o->beta, o->free_bits, o->augment, o->audio_share,
             fingerprint, o->from ? tb_model_fingerprint(o->from) : 0);
}

/* Doubles go through their bits, so that nothing is rounded and no locale speaks in. */
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

TbStatus checkpoint_write(const char *path, const TrainState *state, TbVae *vae, TbTrainer *trainer,
                          const TbTrainOptions *options, uint64_t fingerprint) {
    size_t n = tb_vae_n_params(vae), n_bytes = 0;
    TbTensorView views[] = {
        {"weights", TB_F32, 1, {n}, tb_vae_params(vae)},
        {"moment1", TB_F32, 1, {n}, tb_trainer_moment1(trainer)},
        {"moment2", TB_F32, 1, {n}, tb_trainer_moment2(trainer)},
        {"best", TB_F32, 1, {n}, state->best},
    };
    char id[400], place[200];
    identity(id, sizeof id, options, fingerprint);
    snprintf(place, sizeof place, "%zu %zu %016" PRIx64 " %016" PRIx64 " %" PRIu64, state->step, state->n_steps,
             bits_of(state->seconds), bits_of(state->best_db), tb_trainer_n_steps(trainer));
    const char *metadata[] = {"format", FORMAT, "run", id, "place", place, NULL};
    void *data = NULL;
    TbStatus status = tb_tensor_file_serialise(views, sizeof views / sizeof *views, metadata, &data, &n_bytes);
    if (status == TB_OK) {
        status = tb_write_file(path, data, n_bytes);
    }
    free(data);
    return status;
}

TbStatus checkpoint_read(const char *path, TrainState *state, TbVae *vae, TbTrainer *trainer,
                         const TbTrainOptions *options, uint64_t fingerprint) {
    TbTensorFile *file = NULL;
    TbStatus status = tb_tensor_file_read(path, &file);
    if (status != TB_OK) {
        return status;
    }
    const char *format = tb_tensor_file_metadata(file, "format"), *run = tb_tensor_file_metadata(file, "run");
    const char *place = tb_tensor_file_metadata(file, "place");
    char id[400];
    uint64_t seconds, best, adam;
    identity(id, sizeof id, options, fingerprint);
    if (!format || strcmp(format, FORMAT) != 0 || !run || !place ||
        sscanf(place, "%zu %zu %" SCNx64 " %" SCNx64 " %" SCNu64, &state->step, &state->n_steps, &seconds, &best,
               &adam) != 5) {
        status = tb_fail(TB_ERR_FORMAT, "%s is not a Timbrel checkpoint; train without --resume", path);
    } else if (strcmp(run, id) != 0) {
        status = tb_fail(TB_ERR_ARGUMENT,
                         "%s belongs to a run with other sounds or options; give the same ones, or train "
                         "without --resume",
                         path);
    }
    size_t n = tb_vae_n_params(vae);
    struct {
        const char *name;
        float *to;
    } slabs[] = {{"weights", tb_vae_params(vae)},
                 {"moment1", tb_trainer_moment1(trainer)},
                 {"moment2", tb_trainer_moment2(trainer)},
                 {"best", state->best}};
    for (size_t i = 0; status == TB_OK && i < sizeof slabs / sizeof *slabs; i++) {
        status = tb_tensor_file_floats(file, slabs[i].name, slabs[i].to, n);
    }
    if (status == TB_OK) {
        state->seconds = double_of(seconds);
        state->best_db = double_of(best);
        tb_trainer_set_n_steps(trainer, adam);
    }
    tb_tensor_file_free(file);
    return status;
}
