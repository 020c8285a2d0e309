/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames per second of a training step of two layers of LSTM and a linear one, with binary cross-entropy: forward,
 * loss, backward, clipping, AdamW. The same network, batch and optimizer as the lstm of bench/torch_train.py. Usage:
 * lstm_step THREADS SECONDS */
#include "base/no_memory.h"
#include "bench/measured_step.h"
#include "nn/bernoulli_loss.h"
#include "nn/layer_norm.h"
#include "nn/lstm.h"
#include "nn/training.h"

#include <math.h>

enum {
    SEQUENCES = 16,
    STEPS = 64,
    INPUT = 128,
    UNITS = 256,
    OUTPUT = 88,
    LAYERS = 2,
    N_BATCHES = 16,
    MOST_WORKERS = 64
};
enum { ROWS = SEQUENCES * STEPS };

typedef struct {
    TbLstmTape tape[LAYERS];
    float *y, *dhidden, *dbelow, *scratch;
} Worker;

typedef struct {
    TbParameters parameters;
    TbLstmLayout layout[LAYERS];
    size_t weight, bias;
    TbArena memory;             /* of the network and its data */
    float *params, *x, *target; /* x[N_BATCHES][worker's sequences, step by step] */
    TbLstm lstm[LAYERS];
    TbLinear out;
    TbTraining *training;
    Worker worker[MOST_WORKERS];
    int batch;
} Net;

static int workers(const Net *net) {
    return tbi_thread_pool_count(tbi_training_pool(net->training));
}

static void allocate(Net *net) {
    const TbMatmulBackend backend = tbi_matmul_default();
    const size_t n = (SEQUENCES + (size_t)workers(net) - 1) / (size_t)workers(net), rows = n * STEPS;
    for (int i = 0; i < LAYERS; i++)
        tbi_lstm_init(&net->lstm[i], &net->layout[i], net->params, backend, &net->memory);
    float *packed = tbi_arena_floats(&net->memory, tbi_linear_packed_size(backend, UNITS, OUTPUT));
    if (packed)
        tbi_linear_init(&net->out, backend, net->params + net->weight, UNITS, OUTPUT, packed);
    for (int i = 0; i < workers(net); i++) {
        Worker *w = &net->worker[i];
        for (int k = 0; k < LAYERS; k++)
            tbi_lstm_tape_init(&w->tape[k], &net->lstm[k], rows, n, &net->memory);
        w->y = tbi_arena_floats(&net->memory, rows * OUTPUT);
        w->dhidden = tbi_arena_floats(&net->memory, rows * UNITS);
        w->dbelow = tbi_arena_floats(&net->memory, rows * UNITS);
        w->scratch = tbi_arena_floats(&net->memory, tbi_linear_scratch(backend, UNITS, OUTPUT, rows));
    }
}

static void release(void *context) {
    Net *net = context;
    tbi_training_free(net->training);
    tbi_arena_free(&net->memory);
}

static float one_in_ten(TbRng *rng) {
    return tb_rng_uniform(rng) < 0.1f ? 1.0f : 0.0f;
}

static TbStatus make(void *context) {
    Net *net = context;
    TbRng rng;
    tb_rng_seed(&rng, 1);
    net->layout[0] = tbi_lstm_add(&net->parameters, "lstm.0", INPUT, UNITS);
    net->layout[1] = tbi_lstm_add(&net->parameters, "lstm.1", UNITS, UNITS);
    net->weight = tbi_parameters_add(&net->parameters, OUTPUT, UNITS, true, "out.weight");
    net->bias = tbi_parameters_add(&net->parameters, 1, OUTPUT, false, "out.bias");
    net->params = drawn(&net->memory, &rng, net->parameters.n_params, tb_rng_normal);
    if (!net->params)
        return tbi_no_memory("for the network");
    for (size_t i = net->weight; i < net->parameters.n_params; i++)
        net->params[i] *= 1 / sqrtf(UNITS);
    for (int i = 0; i < LAYERS; i++)
        tbi_lstm_initialise(&net->layout[i], net->params, &rng);
    net->x = drawn(&net->memory, &rng, (size_t)N_BATCHES * ROWS * INPUT, one_in_ten);
    net->target = drawn(&net->memory, &rng, (size_t)N_BATCHES * ROWS * OUTPUT, one_in_ten);
    TbStatus status = tbi_training_new(&net->parameters, net->params, 0, &net->training);
    if (status != TB_OK)
        return status;
    allocate(net);
    return net->memory.failed ? tbi_no_memory("for the network") : TB_OK;
}

static void pack_share(void *context, int index) {
    Net *net = context;
    for (int i = 0; i < LAYERS; i++)
        if (i % workers(net) == index)
            tbi_lstm_pack(&net->lstm[i], (TbDropout){0});
    if (index == 0) {
        tbi_linear_pack(&net->out, false);
        tbi_linear_pack(&net->out, true);
    }
}

static void run_share(void *context, int index) {
    Net *net = context;
    Worker *w = &net->worker[index];
    const TbShare share = tb_share(SEQUENCES, (size_t)workers(net), (size_t)index);
    size_t length[SEQUENCES], first[STEPS + 1];
    float hidden[SEQUENCES * UNITS], cell[SEQUENCES * UNITS];
    float *gradients = tbi_training_worker_gradients(net->training, index);
    for (size_t i = 0; i < share.n; i++)
        length[i] = STEPS;
    const TbSteps steps = tbi_steps(length, share.n, first);
    const size_t rows = share.n * STEPS, row = (size_t)net->batch * ROWS + share.first * STEPS;
    const float *x = net->x + row * INPUT;
    for (int i = 0; i < LAYERS; i++) {
        memset(hidden, 0, sizeof hidden);
        memset(cell, 0, sizeof cell);
        tbi_lstm_forward(&net->lstm[i], &steps, i ? w->tape[0].hidden : x, i ? UNITS : INPUT, hidden, cell,
                         &w->tape[i]);
    }
    const float *h = w->tape[LAYERS - 1].hidden;
    tbi_linear_forward(&net->out, h, UNITS, rows, w->y, OUTPUT, w->scratch);
    tbi_bias_forward(w->y, OUTPUT, rows, OUTPUT, net->params + net->bias);
    tbi_bernoulli_loss(w->y, net->target + row * OUTPUT, NULL, rows, OUTPUT, 1 / (float)ROWS, w->y);
    tbi_bias_backward(w->y, OUTPUT, rows, OUTPUT, gradients + net->bias);
    tbi_linear_backward_weight(&net->out, w->y, OUTPUT, h, UNITS, rows, gradients + net->weight, w->scratch);
    tbi_linear_backward_input(&net->out, w->y, OUTPUT, rows, w->dhidden, UNITS, w->scratch);
    tbi_lstm_backward(&net->lstm[1], &steps, w->tape[0].hidden, UNITS, w->dhidden, &w->tape[1], w->dbelow, UNITS,
                      gradients);
    tbi_lstm_backward(&net->lstm[0], &steps, x, INPUT, w->dbelow, &w->tape[0], NULL, 0, gradients);
}

static void step(void *context, int i) {
    static const TbAdamConfig adam = {
        .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 1e-4, .clip_norm = 5};
    Net *net = context;
    TbThreadPool *pool = tbi_training_pool(net->training);
    net->batch = i % N_BATCHES;
    tbi_training_zero_gradients(net->training);
    tbi_thread_pool_run(pool, pack_share, net);
    tbi_thread_pool_run(pool, run_share, net);
    tbi_training_reduce(net->training);
    tbi_training_step(net->training, &adam);
}

int main(int argc, char **argv) {
    static Net net;
    return measure_step(argc, argv, &(MeasuredStep){&net, make, step, release, ROWS, 3});
}
