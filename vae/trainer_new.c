/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All memory of a training run is allocated here; a step allocates nothing. */
#include "base/no_memory.h"
#include "vae/trainer.h"
#include "vae/training.h"

#include <stdlib.h>
#include <string.h>

static void set_up(TbTrainer *t) {
    const TbVaeConfig *c = &t->vae->config;
    size_t n_workers = (size_t)tbi_thread_pool_count(t->pool);
    size_t latent = t->batch * (size_t)c->latent_dim;
    size_t rows = tb_share(t->batch, n_workers, 0).n + 1; /* per worker at most */
    tbi_tape_init(&t->encoder, t->vae->params, &t->vae->encoder, t->backend, t->batch, rows, &t->memory,
                  &t->product_size, &t->flow);
    tbi_tape_init(&t->decoder, t->vae->params, &t->vae->decoder, t->backend, t->batch, rows, &t->memory,
                  &t->product_size, &t->flow);
    t->x = tbi_arena_floats(&t->memory, t->batch * tb_padded(c->input_dim));
    t->encoded = tbi_arena_floats(&t->memory, t->batch * tb_padded(2 * c->latent_dim));
    t->mu = tbi_arena_floats(&t->memory, latent);
    t->logvar = tbi_arena_floats(&t->memory, latent);
    t->z = tbi_arena_floats(&t->memory, latent);
    t->spread = tbi_arena_floats(&t->memory, latent);
    t->decoder_x = tbi_arena_floats(&t->memory, t->batch * tb_padded(c->latent_dim + c->condition_dim));
    t->y = tbi_arena_floats(&t->memory, t->batch * (size_t)c->output_dim);
    t->flow.flow[0] = tbi_arena_floats(&t->memory, t->batch * t->flow.widest);
    t->flow.flow[1] = tbi_arena_floats(&t->memory, t->batch * t->flow.widest);
    t->product_size = (t->product_size + 15) / 16 * 16;
    t->products = tbi_arena_floats(&t->memory, n_workers * t->product_size);
}

TbStatus tbi_trainer_new(TbVae *vae, size_t batch_rows, TbTrainer **result) {
    *result = NULL;
    if (batch_rows < 1 || batch_rows > 1u << 20)
        return tb_fail(TB_ERR_ARGUMENT, "A batch must have 1 to %u rows.", 1u << 20);
    TbTrainer *t = calloc(1, sizeof *t);
    if (!t)
        return tbi_no_memory("for training");
    t->vae = vae;
    t->batch = batch_rows;
    t->backend = tbi_matmul_default();
    TbStatus status = tbi_training_new(&vae->parameters, vae->params, 0, &t->training);
    if (status == TB_OK) {
        t->pool = tbi_training_pool(t->training);
        set_up(t);
    }
    if (t->memory.failed)
        status = tbi_no_memory("to train with %zu rows; ask for a smaller batch", batch_rows);
    if (status != TB_OK) {
        tbi_trainer_free(t);
        return status;
    }
    *result = t;
    return TB_OK;
}

void tbi_trainer_free(TbTrainer *t) {
    if (t)
        tbi_training_free(t->training);
    tbi_arena_free_owner(t);
}

TbTraining *tbi_trainer_training(TbTrainer *t) {
    return t->training;
}
void tbi_trainer_zero_gradients(TbTrainer *t) {
    tbi_training_zero_gradients(t->training);
}
float *tbi_trainer_gradients(TbTrainer *t) {
    return tbi_training_gradients(t->training);
}
