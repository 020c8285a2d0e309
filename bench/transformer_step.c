/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens per second of a training step of a transformer with relative attention: forward, loss, backward, clipping,
 * AdamW, averaged weights. The same network, data and optimizer as the transformer of bench/torch_train.py. Usage:
 * transformer_step THREADS SECONDS */
#include "base/clock.h"
#include "nn/mlp.h"
#include "nn/token_model.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEQUENCES = 8, LENGTH = 512, ROWS = SEQUENCES * LENGTH, N_BATCHES = 4, FIELDS = 3, BAR = 16 };

static const TbTokenModelConfig config = {
    .transformer = {.n_layers = 4,
                    .width = 192,
                    .hidden = 768,
                    .attention = {.n_heads = 6, .head_dim = 32, .n_steps = 256, .n_bars = 32},
                    .dropout = 0.1f},
    .n_fields = FIELDS,
    .n_predicted = FIELDS,
    .classes = {128, 32, 16},
    .head_width = 192,
};

typedef struct {
    size_t lengths[SEQUENCES];
    int bars[ROWS];
    int32_t fields[N_BATCHES][ROWS * FIELDS], labels[N_BATCHES][ROWS * FIELDS];
} Data;

static void draw_data(Data *data) {
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int i = 0; i < SEQUENCES; i++)
        data->lengths[i] = LENGTH;
    for (int i = 0; i < ROWS; i++)
        data->bars[i] = i % LENGTH / BAR;
    for (int b = 0; b < N_BATCHES; b++)
        for (int i = 0; i < ROWS * FIELDS; i++) {
            data->fields[b][i] = (int32_t)(tb_rng_next(&rng) % config.classes[i % FIELDS]);
            data->labels[b][i] = (int32_t)(tb_rng_next(&rng) % config.classes[i % FIELDS]);
        }
}

static void step(TbTokenTrainer *trainer, const Data *data, int i) {
    static const TbAdamConfig adam = {
        .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 0.01, .clip_norm = 1};
    const TbTokenBatch batch = {
        {SEQUENCES, data->lengths, data->bars}, data->fields[i % N_BATCHES], data->labels[i % N_BATCHES]};
    tbi_token_trainer_step(trainer, &batch, &adam);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: transformer_step THREADS SECONDS\n");
        return 2;
    }
    tb_set_threads(atoi(argv[1]));
    double seconds = atof(argv[2]), best = 1e9;
    static TbTokenModel model;
    static Data data;
    tbi_token_model_init(&model, &config);
    draw_data(&data);
    TbArena memory = {0};
    float *params = tbi_arena_floats(&memory, model.parameters.n_params);
    TbTokenTrainer *trainer = NULL;
    const TbTokenTrainerOptions options = {.max_length = LENGTH, .average = 0.999, .seed = 1};
    TbRng rng;
    tb_rng_seed(&rng, 2);
    if (!params || tbi_token_trainer_new(&model, params, &options, &trainer) != TB_OK) {
        fprintf(stderr, "Not enough memory.\n");
        return 1;
    }
    tbi_token_model_init_weights(&model, params, &rng);
    for (int i = 0; i < 2; i++)
        step(trainer, &data, i);
    double start = tbi_now(), end = start;
    int steps = 0;
    while (end - start < seconds) {
        double before = end;
        step(trainer, &data, steps++);
        end = tbi_now();
        best = end - before < best ? end - before : best;
    }
    printf("%.0f %.0f\n", steps * ROWS / (end - start), ROWS / best);
    tbi_token_trainer_free(trainer);
    tbi_arena_free(&memory);
    return 0;
}
