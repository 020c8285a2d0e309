/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames per second of a training step: forward, loss, backward, clipping, AdamW. The same network, loss, batch and
 * optimizer as bench/torch_train.py. Usage: train_step THREADS SECONDS */
#include "base/clock.h"
#include "timbrel/vae.h"
#include "vae/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 512, INPUT = 265, CONDITION = 2, LATENT = 32, OUTPUT = 261, N_BATCHES = 16 };

static const TbColumns groups[] = {
    {"harmonics", TB_COLUMN_LEVEL, 0, 128, 1.0f, 0},   {"partials", TB_COLUMN_LEVEL, 128, 32, 0.5f, 0},
    {"ratios", TB_COLUMN_WEIGHTED, 160, 32, 0.05f, 1}, {"noise", TB_COLUMN_LEVEL, 192, 64, 1.0f, 0},
    {"gains", TB_COLUMN_PLAIN, 256, 4, 0.05f, 0},      {"inharmonicity", TB_COLUMN_PLAIN, 260, 1, 0.02f, 0},
};

typedef struct {
    float *x, *condition, *noise, *target, *threshold; /* N_BATCHES batches */
    float *dy, *dmu, *dlogvar;                         /* one batch */
} Data;

static float *draw(TbRng *rng, size_t n, float (*from)(TbRng *)) {
    float *x = malloc(n * sizeof *x);
    if (!x)
        exit(1);
    for (size_t i = 0; i < n; i++)
        x[i] = from(rng);
    return x;
}

/* Excludes a tenth of the columns from the loss; with thresholds of 0 the rest is a plain sum, as in torch_train.py. */
static float draw_threshold(TbRng *rng) {
    return tb_rng_uniform(rng) < 0.9f ? 0.0f : 2.0f;
}

static double step(TbTrainer *trainer, const Data *data, int i) {
    static const TbAdamConfig adam = {
        .learning_rate = 1.5e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 1e-4, .clip_norm = 5};
    size_t first = (size_t)(i % N_BATCHES) * BATCH;
    TbForward f = tbi_trainer_forward(trainer, data->x + first * INPUT, data->condition + first * CONDITION,
                                      data->noise + first * LATENT, BATCH);
    memset(data->dy, 0, BATCH * OUTPUT * sizeof(float));
    memset(data->dmu, 0, BATCH * LATENT * sizeof(float));
    memset(data->dlogvar, 0, BATCH * LATENT * sizeof(float));
    double loss = tbi_recon_loss(groups, sizeof groups / sizeof *groups, OUTPUT, f.y, data->target + first * OUTPUT,
                                 data->threshold + first * OUTPUT, BATCH, data->dy, NULL);
    loss += tbi_kl_loss(f.mu, f.logvar, BATCH, LATENT, 0.003, 0, data->dmu, data->dlogvar);
    tbi_trainer_zero_gradients(trainer);
    tbi_trainer_backward(trainer, data->dy, data->dmu, data->dlogvar);
    tbi_trainer_step(trainer, &adam);
    return loss;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: train_step THREADS SECONDS\n");
        return 2;
    }
    tb_set_threads(atoi(argv[1]));
    double seconds = atof(argv[2]), best = 1e9;
    const TbVaeConfig config = {.input_dim = INPUT,
                                .condition_dim = CONDITION,
                                .latent_dim = LATENT,
                                .output_dim = OUTPUT,
                                .encoder_width = 512,
                                .encoder_layers = 2,
                                .decoder_width = 512,
                                .decoder_layers = 2};
    TbVae *vae;
    TbTrainer *trainer;
    TbStatus status = tb_vae_new(&config, 1, &vae);
    status = status == TB_OK ? tbi_trainer_new(vae, BATCH, &trainer) : status;
    if (status != TB_OK) {
        fprintf(stderr, "%s\n", tb_error_text(status));
        return 1;
    }
    TbRng rng;
    tb_rng_seed(&rng, 1);
    size_t n = (size_t)N_BATCHES * BATCH;
    Data data = {.x = draw(&rng, n * INPUT, tb_rng_uniform),
                 .condition = draw(&rng, n * CONDITION, tb_rng_uniform),
                 .noise = draw(&rng, n * LATENT, tb_rng_normal),
                 .target = draw(&rng, n * OUTPUT, tb_rng_uniform),
                 .threshold = draw(&rng, n * OUTPUT, draw_threshold),
                 .dy = draw(&rng, BATCH * OUTPUT, tb_rng_uniform),
                 .dmu = draw(&rng, BATCH * LATENT, tb_rng_uniform),
                 .dlogvar = draw(&rng, BATCH * LATENT, tb_rng_uniform)};
    for (int i = 0; i < 5; i++)
        step(trainer, &data, i);
    double start = tbi_now(), end = start;
    int steps = 0;
    while (end - start < seconds) {
        double before = end;
        step(trainer, &data, steps++);
        end = tbi_now();
        best = end - before < best ? end - before : best;
    }
    printf("%.0f %.0f\n", steps * BATCH / (end - start), BATCH / best);
    float *all[] = {data.x, data.condition, data.noise, data.target, data.threshold, data.dy, data.dmu, data.dlogvar};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    tbi_trainer_free(trainer);
    tb_vae_free(vae);
    return 0;
}
