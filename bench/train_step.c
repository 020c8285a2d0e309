/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames per second of a training step: forward, loss, backward, clipping, AdamW. The same network, loss, batch and
 * optimizer as bench/torch_train.py. Usage: train_step THREADS SECONDS */
#include "base/no_memory.h"
#include "bench/measured_step.h"
#include "timbrel/vae.h"
#include "vae/training.h"

#include <string.h>

enum { BATCH = 512, INPUT = 265, CONDITION = 2, LATENT = 32, OUTPUT = 261, N_BATCHES = 16 };

static const TbColumns groups[] = {
    {"harmonics", TB_COLUMN_LEVEL, 0, 128, 1.0f, 0},   {"partials", TB_COLUMN_LEVEL, 128, 32, 0.5f, 0},
    {"ratios", TB_COLUMN_WEIGHTED, 160, 32, 0.05f, 1}, {"noise", TB_COLUMN_LEVEL, 192, 64, 1.0f, 0},
    {"gains", TB_COLUMN_PLAIN, 256, 4, 0.05f, 0},      {"inharmonicity", TB_COLUMN_PLAIN, 260, 1, 0.02f, 0},
};

typedef struct {
    TbVae *vae;
    TbTrainer *trainer;
    TbArena memory;
    float *x, *condition, *noise, *target, *threshold; /* N_BATCHES batches */
    float *dy, *dmu, *dlogvar;                         /* one batch */
} Bench;

/* Excludes a tenth of the columns from the loss; with thresholds of 0 the rest is a plain sum, as in torch_train.py. */
static float draw_threshold(TbRng *rng) {
    return tb_rng_uniform(rng) < 0.9f ? 0.0f : 2.0f;
}

static TbStatus make(void *context) {
    static const TbVaeConfig config = {.input_dim = INPUT,
                                       .condition_dim = CONDITION,
                                       .latent_dim = LATENT,
                                       .output_dim = OUTPUT,
                                       .encoder_width = 512,
                                       .encoder_layers = 2,
                                       .decoder_width = 512,
                                       .decoder_layers = 2};
    Bench *b = context;
    TbStatus status = tb_vae_new(&config, 1, &b->vae);
    if (status == TB_OK)
        status = tbi_trainer_new(b->vae, BATCH, &b->trainer);
    if (status != TB_OK)
        return status;
    TbRng rng;
    tb_rng_seed(&rng, 1);
    size_t n = (size_t)N_BATCHES * BATCH;
    b->x = drawn(&b->memory, &rng, n * INPUT, tb_rng_uniform);
    b->condition = drawn(&b->memory, &rng, n * CONDITION, tb_rng_uniform);
    b->noise = drawn(&b->memory, &rng, n * LATENT, tb_rng_normal);
    b->target = drawn(&b->memory, &rng, n * OUTPUT, tb_rng_uniform);
    b->threshold = drawn(&b->memory, &rng, n * OUTPUT, draw_threshold);
    b->dy = tbi_arena_floats(&b->memory, BATCH * OUTPUT);
    b->dmu = tbi_arena_floats(&b->memory, BATCH * LATENT);
    b->dlogvar = tbi_arena_floats(&b->memory, BATCH * LATENT);
    return b->memory.failed ? tbi_no_memory("for the batches") : TB_OK;
}

static void release(void *context) {
    Bench *b = context;
    tbi_trainer_free(b->trainer);
    tb_vae_free(b->vae);
    tbi_arena_free(&b->memory);
}

static void step(void *context, int i) {
    static const TbAdamConfig adam = {
        .learning_rate = 1.5e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 1e-4, .clip_norm = 5};
    const Bench *b = context;
    size_t first = (size_t)(i % N_BATCHES) * BATCH;
    TbForward f = tbi_trainer_forward(b->trainer, b->x + first * INPUT, b->condition + first * CONDITION,
                                      b->noise + first * LATENT, BATCH);
    memset(b->dy, 0, BATCH * OUTPUT * sizeof(float));
    memset(b->dmu, 0, BATCH * LATENT * sizeof(float));
    memset(b->dlogvar, 0, BATCH * LATENT * sizeof(float));
    tbi_recon_loss(groups, sizeof groups / sizeof *groups, OUTPUT, f.y, b->target + first * OUTPUT,
                   b->threshold + first * OUTPUT, BATCH, b->dy, NULL);
    tbi_kl_loss(f.mu, f.logvar, BATCH, LATENT, 0.003, 0, b->dmu, b->dlogvar);
    tbi_trainer_zero_gradients(b->trainer);
    tbi_trainer_backward(b->trainer, b->dy, b->dmu, b->dlogvar);
    tbi_trainer_step(b->trainer, &adam);
}

int main(int argc, char **argv) {
    static Bench bench;
    return measure_step(argc, argv, &(MeasuredStep){&bench, make, step, release, BATCH, 5});
}
