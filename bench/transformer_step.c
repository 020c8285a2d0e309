/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens per second of a training step of a transformer with relative attention: forward, loss, backward, clipping,
 * AdamW, averaged weights. The same network, data and optimizer as the transformer of bench/torch_train.py. Usage:
 * transformer_step THREADS SECONDS */
#include "base/no_memory.h"
#include "bench/measured_step.h"
#include "nn/mlp.h"
#include "nn/token_model.h"

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
    TbTokenModel model;
    TbTokenTrainer *trainer;
    TbArena memory; /* of the parameters */
    size_t lengths[SEQUENCES];
    int bars[ROWS];
    int32_t fields[N_BATCHES][ROWS * FIELDS], labels[N_BATCHES][ROWS * FIELDS];
} Bench;

static void draw_data(Bench *data) {
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

static TbStatus make(void *context) {
    static const TbTokenTrainerOptions options = {.max_length = LENGTH, .average = 0.999, .seed = 1};
    Bench *b = context;
    tbi_token_model_init(&b->model, &config);
    draw_data(b);
    float *params = tbi_arena_floats(&b->memory, b->model.parameters.n_params);
    if (!params)
        return tbi_no_memory("for the network");
    TbStatus status = tbi_token_trainer_new(&b->model, params, &options, &b->trainer);
    if (status != TB_OK)
        return status;
    TbRng rng;
    tb_rng_seed(&rng, 2);
    tbi_token_model_init_weights(&b->model, params, &rng);
    return TB_OK;
}

static void release(void *context) {
    Bench *b = context;
    tbi_token_trainer_free(b->trainer);
    tbi_arena_free(&b->memory);
}

static void step(void *context, int i) {
    static const TbAdamConfig adam = {
        .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 0.01, .clip_norm = 1};
    const Bench *b = context;
    const TbTokenBatch batch = {{SEQUENCES, b->lengths, b->bars}, b->fields[i % N_BATCHES], b->labels[i % N_BATCHES]};
    tbi_token_trainer_step(b->trainer, &batch, &adam);
}

int main(int argc, char **argv) {
    static Bench bench;
    return measure_step(argc, argv, &(MeasuredStep){&bench, make, step, release, ROWS, 2});
}
