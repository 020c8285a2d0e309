/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors and memory of the network, and how its workers share a batch. */
#include "melody/network.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

/* ---- weights ---- */

void tbi_melody_lay_out(const MelodySizes *s, MelodyLayout *at) {
    static const char *const names[MELODY_FIELDS] = {"gap", "duration", "pitch"};
    TbParameters *table = &at->table;
    const size_t embedding = (size_t)s->embedding, units = (size_t)s->units, head = (size_t)s->head;
    memset(at, 0, sizeof *at);
    at->input = tbi_parameters_add(table, IN_SYMBOLS, embedding, true, "input");
    at->lstm = tbi_lstm_add(table, "lstm", embedding, units);
    at->out = tbi_parameters_add(table, melody_out(s), units, true, "out.weight");
    at->out_bias = tbi_parameters_add(table, 1, melody_out(s), false, "out.bias");
    for (int k = 0; k < MELODY_FIELDS; k++) {
        at->symbols[k] = tbi_parameters_add(table, melody_head_symbols[k], head, true, "%s.symbols", names[k]);
        at->logits[k] = tbi_parameters_add(table, melody_classes[k], head, true, "%s.weight", names[k]);
        at->logits_bias[k] = tbi_parameters_add(table, 1, melody_classes[k], false, "%s.bias", names[k]);
        at->copy[k] = tbi_parameters_add(table, MELODY_CANDIDATES, MELODY_RUNS, false, "%s.copy", names[k]);
    }
    at->chord = tbi_parameters_add(table, MELODY_CHORDS, MELODY_PITCHES, true, "pitch.chord");
    tbi_melody_latent_lay_out(embedding, MELODY_FIELDS * head, table, &at->latent);
}

void tbi_melody_initialise(const MelodySizes *s, TbRng *rng, float *params) {
    MelodyLayout at;
    tbi_melody_lay_out(s, &at);
    memset(params, 0, at.table.n_params * sizeof *params);
    const size_t embedding = (size_t)s->embedding, units = (size_t)s->units, head = (size_t)s->head;
    tbi_normal_weights(params + at.input, IN_SYMBOLS * embedding, 0.1, rng);
    tbi_lstm_initialise(&at.lstm, params, rng);
    tbi_normal_weights(params + at.out, MELODY_FIELDS * head * units, 1 / sqrt((double)units), rng);
    for (int k = 0; k < MELODY_FIELDS; k++) {
        tbi_normal_weights(params + at.symbols[k], melody_head_symbols[k] * head, 0.1, rng);
        tbi_normal_weights(params + at.logits[k], melody_classes[k] * head, 0.5 / sqrt((double)head), rng);
    }
    tbi_melody_latent_initialise(&at.latent, embedding, MELODY_FIELDS * head, rng, params);
}

/* ---- memory ---- */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t init_linear(TbLinear *linear, MelodyNetwork *net, size_t weight, size_t in, size_t out) {
    float *packed = tbi_arena_floats(&net->memory, tbi_linear_packed_size(net->backend, in, out));
    if (packed)
        tbi_linear_init(linear, net->backend, net->params + weight, in, out, packed);
    return tbi_linear_scratch(net->backend, in, out, net->rows);
}

static void init_worker(MelodyWorker *w, MelodyNetwork *net, size_t scratch) {
    const MelodySizes *s = &net->sizes;
    const size_t rows = net->rows, n = net->sequences, units = (size_t)s->units, head = (size_t)s->head;
    TbArena *a = &net->memory;
    w->length = tbi_arena_alloc(a, n, sizeof *w->length);
    w->first = tbi_arena_alloc(a, rows + 2, sizeof *w->first);
    w->sequence = tbi_arena_alloc(a, n, sizeof *w->sequence);
    w->sequence_of = tbi_arena_alloc(a, rows, sizeof *w->sequence_of);
    w->step_of = tbi_arena_alloc(a, rows, sizeof *w->step_of);
    w->id = tbi_arena_alloc(a, rows, sizeof *w->id);
    w->labels = tbi_arena_alloc(a, rows * MELODY_FIELDS, sizeof *w->labels);
    w->x = tbi_arena_floats(a, rows * (size_t)s->embedding);
    w->dx = tbi_arena_floats(a, rows * (size_t)s->embedding);
    w->hidden = tbi_arena_floats(a, n * units), w->cell = tbi_arena_floats(a, n * units);
    w->h = tbi_arena_floats(a, rows * units), w->dh = tbi_arena_floats(a, rows * units);
    w->y = tbi_arena_floats(a, rows * melody_out(s)), w->dy = tbi_arena_floats(a, rows * melody_out(s));
    w->dactive = tbi_arena_floats(a, rows * head);
    for (int k = 0; k < MELODY_FIELDS; k++) {
        w->active[k] = tbi_arena_floats(a, rows * head);
        w->logits[k] = tbi_arena_floats(a, rows * melody_classes[k]);
        w->log_sums[k] = tbi_arena_floats(a, rows);
    }
    w->scratch = tbi_arena_floats(a, scratch);
    tbi_melody_phrases_init(&w->phrases, n, rows, (size_t)s->embedding, MELODY_FIELDS * head, a);
    tbi_lstm_tape_init(&w->tape, &net->lstm, rows, n, a);
}

TbStatus tbi_melody_network_new(const MelodySizes *sizes, const float *params, size_t sequences, size_t rows,
                                int workers, MelodyNetwork **result) {
    MelodyNetwork *net = *result = calloc(1, sizeof *net);
    if (!net)
        return tbi_no_memory("for a network of melodies");
    const size_t units = (size_t)sizes->units, head = (size_t)sizes->head;
    net->sizes = *sizes;
    tbi_melody_lay_out(sizes, &net->at);
    net->backend = tbi_matmul_default();
    net->params = params;
    net->sequences = sequences;
    net->rows = rows;
    net->n_workers = workers;
    tbi_lstm_init(&net->lstm, &net->at.lstm, params, net->backend, &net->memory);
    size_t scratch = init_linear(&net->out, net, net->at.out, units, melody_out(sizes));
    for (int k = 0; k < MELODY_FIELDS; k++)
        scratch = larger(scratch, init_linear(&net->head[k], net, net->at.logits[k], head, melody_classes[k]));
    net->worker = tbi_arena_alloc(&net->memory, (size_t)workers, sizeof *net->worker);
    for (int i = 0; net->worker && i < workers; i++)
        init_worker(&net->worker[i], net, scratch);
    if (net->memory.failed) {
        tbi_melody_network_free(net);
        *result = NULL;
        return tbi_no_memory("for a network of melodies");
    }
    return TB_OK;
}

void tbi_melody_network_free(MelodyNetwork *net) {
    tbi_arena_free_owner(net);
}

/* ---- a batch ---- */

static void pack_share(void *context, int index) {
    MelodyNetwork *net = context;
    if (index == 0)
        tbi_lstm_pack(&net->lstm, melody_drop(net, MELODY_DROP_RECURRENT));
    if (index != net->n_workers - 1)
        return;
    for (int k = -1; k < MELODY_FIELDS; k++) {
        const TbLinear *linear = k < 0 ? &net->out : &net->head[k];
        tbi_linear_pack(linear, false);
        if (net->job.learn)
            tbi_linear_pack(linear, true);
    }
}

/* Every n_workers-th sequence from `index` on. */
static void take(MelodyNetwork *net, MelodyWorker *w, int index) {
    w->n_sequences = 0;
    for (size_t i = (size_t)index; i < net->job.n; i += (size_t)net->n_workers) {
        w->sequence[w->n_sequences] = &net->job.sequences[i];
        w->length[w->n_sequences++] = net->job.sequences[i].n;
    }
    w->steps = tbi_steps(w->length, w->n_sequences, w->first);
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t i = 0; i < tbi_steps_running(&w->steps, t); i++) {
            const size_t row = w->first[t] + i;
            w->sequence_of[row] = i;
            w->step_of[row] = t;
            w->id[row] = w->sequence[i]->id << 16 | (uint32_t)t;
            for (int k = 0; k < MELODY_FIELDS; k++)
                w->labels[row * MELODY_FIELDS + (size_t)k] = w->sequence[i]->steps[t].chosen[k];
        }
}

static void run_share(void *context, int index) {
    MelodyNetwork *net = context;
    MelodyWorker *w = &net->worker[index];
    float *gradients = net->job.learn ? tbi_training_worker_gradients(net->job.training, index) : NULL;
    w->losses = (MelodyLosses){.n_notes = 0};
    take(net, w, index);
    if (w->n_sequences == 0)
        return;
    tbi_melody_forward(net, w);
    if (net->job.learn)
        tbi_melody_backward(net, w, gradients);
}

MelodyLosses tbi_melody_run(MelodyNetwork *net, TbTraining *training, const MelodySequence *sequences, size_t n,
                            const MelodyDropout *dropout, bool learn) {
    MelodyLosses losses = {.n_notes = 0};
    net->job.sequences = sequences;
    net->job.n = n;
    net->job.n_notes = 0;
    net->job.dropout = dropout;
    net->job.learn = learn;
    net->job.training = training;
    for (size_t i = 0; i < n; i++)
        net->job.n_notes += sequences[i].n;
    TbThreadPool *pool = tbi_training_pool(training);
    if (learn)
        tbi_training_zero_gradients(training);
    tbi_thread_pool_run(pool, pack_share, net);
    tbi_thread_pool_run(pool, run_share, net);
    if (learn)
        tbi_training_reduce(training);
    for (int i = 0; i < net->n_workers; i++) {
        losses.n_notes += net->worker[i].losses.n_notes;
        for (int k = 0; k < MELODY_FIELDS; k++)
            losses.nats[k] += net->worker[i].losses.nats[k];
        losses.kl += net->worker[i].losses.kl;
        losses.n_phrases += net->worker[i].losses.n_phrases;
    }
    return losses;
}
