/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network's weights and memory. */
#include "base/no_memory.h"
#include "bench/piano_network_state.h"
#include "bench/piano_recall.h"

#include <math.h>
#include <stdlib.h>

static void lay_out(PianoNetwork *net) {
    const PianoOptions *o = &net->options;
    TbParameters *p = &net->parameters;
    size_t units = (size_t)o->units;
    net->in = (size_t)o->embedding + PLAIN;
    net->filters = (size_t)(o->lags * VOICES * (2 * o->taps + 1));
    net->outputs = net->recall_filter = KEYS + net->filters;
    if (o->recall) {
        net->query = net->recall_filter + (size_t)(2 * o->taps + 1);
        net->key = net->query + (size_t)o->recall;
        net->outputs = net->key + (size_t)o->recall;
        net->at.distance = tbi_parameters_add(p, 1, RECALL_DISTANCES, false, "distance");
    }
    net->ld_out = tb_padded((int)net->outputs);
    net->at.embedding = tbi_parameters_add(p, SYMBOLS, (size_t)o->embedding, true, "embedding");
    net->at.direct = tbi_parameters_add(p, SYMBOLS, KEYS, true, "direct");
    char name[16] = "lstm.0";
    for (int i = 0; i < o->layers; i++, name[5]++)
        net->at.lstm[i] = tbi_lstm_add(p, name, width_in(net, i), units);
    net->at.out = tbi_parameters_add(p, net->outputs, units, true, "out.weight");
    net->at.bias = tbi_parameters_add(p, 1, net->outputs, false, "out.bias");
}

static void initialise(PianoNetwork *net) {
    TbRng rng;
    tb_rng_seed(&rng, net->options.seed);
    const size_t units = (size_t)net->options.units;
    memset(net->params, 0, net->parameters.n_params * sizeof *net->params);
    for (size_t i = 0; i < SYMBOLS * (size_t)net->options.embedding; i++)
        net->params[net->at.embedding + i] = 0.1f * tb_rng_normal(&rng);
    for (int i = 0; i < net->options.layers; i++)
        tbi_lstm_initialise(&net->at.lstm[i], net->params, &rng);
    for (size_t i = 0; i < net->outputs * units; i++)
        net->params[net->at.out + i] = (i >= KEYS * units && i < net->recall_filter * units ? 0.3f : 1.0f) /
                                       sqrtf((float)units) * (2 * tb_rng_uniform(&rng) - 1);
}

void piano_network_set_odds(PianoNetwork *net, const double *on) {
    for (size_t k = 0; k < KEYS; k++) {
        double p = fmin(fmax(on[k], 1e-4), 1 - 1e-4);
        net->params[net->at.bias + k] = (float)log(p / (1 - p));
    }
}

static void allocate(PianoNetwork *net) {
    const PianoOptions *o = &net->options;
    const size_t units = (size_t)o->units, streams = (size_t)o->streams;
    for (int i = 0; i < o->layers; i++)
        tbi_lstm_init(&net->lstm[i], &net->at.lstm[i], net->params, net->backend, &net->memory);
    float *packed = tbi_arena_floats(&net->memory, tbi_linear_packed_size(net->backend, units, net->outputs));
    if (packed)
        tbi_linear_init(&net->out, net->backend, net->params + net->at.out, units, net->outputs, packed);
    net->state = tbi_arena_floats(&net->memory, (size_t)o->layers * 2 * streams * units);
    for (int i = 0; i < net->n_workers; i++) {
        Worker *w = &net->worker[i];
        w->x = tbi_arena_floats(&net->memory, net->rows * net->in);
        w->kept = tbi_arena_floats(&net->memory, net->rows * PLAIN);
        w->y = tbi_arena_floats(&net->memory, net->rows * net->ld_out);
        w->recalled = tbi_arena_floats(&net->memory, net->rows * KEYS);
        w->drecalled = tbi_arena_floats(&net->memory, net->rows * KEYS);
        w->dquery = tbi_arena_floats(&net->memory, net->rows * net->ld_out);
        w->weight = tbi_arena_floats(&net->memory, (size_t)o->chunk + 16);
        w->dweight = tbi_arena_floats(&net->memory, (size_t)o->chunk + 16);
        w->logits = tbi_arena_floats(&net->memory, net->rows * KEYS);
        w->target = tbi_arena_floats(&net->memory, net->rows * KEYS);
        w->dhidden = tbi_arena_floats(&net->memory, net->rows * units);
        w->dbelow = tbi_arena_floats(&net->memory, net->rows * units);
        w->dx = tbi_arena_floats(&net->memory, net->rows * net->in);
        w->hidden = tbi_arena_floats(&net->memory, streams * units);
        w->cell = tbi_arena_floats(&net->memory, streams * units);
        w->row_excerpt = tbi_arena_alloc(&net->memory, net->rows, sizeof *w->row_excerpt);
        w->row_frame = tbi_arena_alloc(&net->memory, net->rows, sizeof *w->row_frame);
        w->sequence_row = tbi_arena_alloc(&net->memory, net->rows, sizeof *w->sequence_row);
        w->row_id = tbi_arena_alloc(&net->memory, net->rows, sizeof *w->row_id);
        w->scratch = tbi_arena_floats(&net->memory, tbi_linear_scratch(net->backend, units, net->outputs, net->rows));
        for (int k = 0; k < o->layers; k++) {
            w->dropped[k] = tbi_arena_floats(&net->memory, net->rows * units);
            tbi_lstm_tape_init(&w->tape[k], &net->lstm[k], net->rows, streams, &net->memory);
        }
    }
}

TbStatus piano_network_new(const PianoOptions *options, PianoNetwork **result) {
    PianoNetwork *net = *result = calloc(1, sizeof *net);
    if (!net)
        return tbi_no_memory("for the network");
    net->options = *options;
    net->backend = tbi_matmul_default();
    net->n_workers = tbi_threads();
    lay_out(net);
    net->rows =
        ((size_t)options->streams + (size_t)net->n_workers - 1) / (size_t)net->n_workers * (size_t)options->chunk;
    net->params = tbi_arena_floats(&net->memory, net->parameters.n_params);
    net->worker = tbi_arena_alloc(&net->memory, (size_t)net->n_workers, sizeof *net->worker);
    if (!net->memory.failed) {
        initialise(net);
        allocate(net);
    }
    TbStatus status = !net->memory.failed
                          ? tbi_training_new(&net->parameters, net->params, options->average, &net->training)
                          : tbi_no_memory("for the network");
    if (status != TB_OK) {
        piano_network_free(net);
        *result = NULL;
    }
    return status;
}

void piano_network_free(PianoNetwork *net) {
    if (net)
        tbi_training_free(net->training);
    tbi_arena_free_owner(net);
}

TbTraining *piano_network_training(PianoNetwork *net) {
    return net->training;
}
const TbParameters *piano_network_parameters(const PianoNetwork *net) {
    return &net->parameters;
}
float *piano_network_params(PianoNetwork *net) {
    return net->params;
}

void piano_network_reset(PianoNetwork *net, int stream) {
    for (int layer = 0; layer < net->options.layers; layer++)
        for (int which = 0; which < 2; which++)
            memset(state_of(net, layer, which, stream), 0, (size_t)net->options.units * sizeof(float));
}
