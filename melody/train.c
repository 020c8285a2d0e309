/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network on whole melodies. All that is random in a step comes from its number alone, so a run continues
 * exactly from a checkpoint. */
#include "melody/train.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "nn/learning_rate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WARM_UP = 50, MOST_BATCH = 256 };

typedef struct {
    const TbMelodySet *set;
    TbMelodyTrainOptions o;
    TbMelodyModel *model;
    MelodyNetwork *net;
    TbTraining *training;
    size_t *order; /* [n of the set]: the melodies of an epoch */
    uint64_t epoch;
    MelodySequence *sequence; /* [batch] */
    MelodySequence *held_out; /* [n of the held-out part]: by falling length */
    TbArena memory;
    double started;
    MelodyLosses losses; /* since the last look */
} Run;

/* ---- sequences ---- */

static int falling_length(const void *a, const void *b) {
    const MelodySequence *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : (x->id > y->id) - (x->id < y->id);
}

/* The n sequences, sorted, in runs of up to `batch`. */
static MelodyLosses run_all(MelodyNetwork *net, TbTraining *training, const MelodySequence *sequences, size_t n,
                            size_t batch) {
    MelodyLosses sum = {.n_notes = 0};
    for (size_t first = 0; first < n; first += batch) {
        const size_t left = n - first;
        MelodyLosses l = tbi_melody_run(net, training, sequences + first, left < batch ? left : batch, NULL, false);
        for (int k = 0; k < MELODY_FIELDS; k++)
            sum.nats[k] += l.nats[k];
        sum.n_notes += l.n_notes;
    }
    return sum;
}

static void sequences_of(const MelodyExamples *e, bool chords, MelodySequence *sequence) {
    for (size_t i = 0; i < e->n; i++)
        sequence[i] = (MelodySequence){e->example[i].steps, e->example[i].n, chords, false, (uint32_t)i};
    qsort(sequence, e->n, sizeof *sequence, falling_length);
}

TbStatus tbi_melody_evaluate(const TbMelodyModel *model, const MelodyExamples *examples, bool chords,
                             MelodyLosses *losses) {
    enum { BATCH = 16 };
    MelodyNetwork *net = NULL;
    TbTraining *training = NULL;
    MelodySequence *sequence = calloc(examples->n + 1, sizeof *sequence);
    float *params = malloc(model->at.table.n_params * sizeof *params);
    TbStatus status = sequence && params ? TB_OK : tbi_no_memory("to evaluate a model of melodies");
    if (status == TB_OK) {
        memcpy(params, model->params, model->at.table.n_params * sizeof *params);
        sequences_of(examples, chords, sequence);
        status = tbi_training_new(&model->at.table, params, 0, &training);
    }
    if (status == TB_OK)
        status = tbi_melody_network_new(&model->sizes, params, BATCH, BATCH * MELODY_LONGEST,
                                        tbi_thread_pool_count(tbi_training_pool(training)), &net);
    if (status == TB_OK)
        *losses = run_all(net, training, sequence, examples->n, BATCH);
    tbi_melody_network_free(net);
    tbi_training_free(training);
    free(params);
    free(sequence);
    return status;
}

/* ---- steps ---- */

static void shuffle(Run *r, uint64_t epoch) {
    const size_t n = r->set->part[false].n;
    TbRng rng;
    tb_rng_seed(&rng, r->o.seed + 0x9E3779B97F4A7C15u * (epoch + 1));
    for (size_t i = 0; i < n; i++)
        r->order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t k = tb_rng_next(&rng) % i, other = r->order[k];
        r->order[k] = r->order[i - 1];
        r->order[i - 1] = other;
    }
    r->epoch = epoch;
}

static void step(Run *r) {
    const TbMelodyTrainOptions *o = &r->o;
    const MelodyExamples *e = &r->set->part[false];
    const uint64_t n = tbi_training_n_steps(r->training);
    const TbLearningRate rate = {o->learning_rate, 0.01, WARM_UP};
    const TbAdamConfig adam = {.learning_rate = tbi_learning_rate(&rate, n, (double)n / (double)o->steps),
                               .beta1 = 0.9,
                               .beta2 = 0.99,
                               .epsilon = 1e-8,
                               .weight_decay = o->decay,
                               .clip_norm = 1};
    const MelodyDropout dropout = {(float)o->embedded, (float)o->recurrent, (float)o->output, o->seed};
    TbRng rng;
    tb_rng_seed(&rng, o->seed ^ (n + 1) * 0xD1B54A32D192ED03u);
    for (size_t i = 0; i < o->batch; i++) {
        const uint64_t at = n * o->batch + i, epoch = at / e->n;
        if (epoch != r->epoch)
            shuffle(r, epoch);
        const MelodyExample *example = &e->example[r->order[at % e->n]];
        const bool chords = (double)tb_rng_uniform(&rng) >= o->no_chords;
        const bool ends = (double)tb_rng_uniform(&rng) >= o->no_end;
        r->sequence[i] = (MelodySequence){example->steps, example->n, chords, ends, (uint32_t)i};
    }
    qsort(r->sequence, o->batch, sizeof *r->sequence, falling_length);
    MelodyLosses l = tbi_melody_run(r->net, r->training, r->sequence, o->batch, &dropout, true);
    tbi_training_step(r->training, &adam);
    for (int k = 0; k < MELODY_FIELDS; k++)
        r->losses.nats[k] += l.nats[k];
    r->losses.n_notes += l.n_notes;
}

/* ---- looks at the held-out melodies ---- */

static void look(Run *r, TbMelodyReport *report, size_t *worse) {
    const MelodyExamples *e = &r->set->part[r->set->part[true].n > 0];
    tbi_training_swap_average(r->training);
    const MelodyLosses l = run_all(r->net, r->training, r->held_out, e->n, r->o.batch);
    *worse = tbi_training_evaluated(r->training, melody_nats(&l));
    tbi_training_swap_average(r->training);
    const double n = (double)l.n_notes;
    *report = (TbMelodyReport){.step = tbi_training_n_steps(r->training),
                               .steps = r->o.steps,
                               .seconds = tbi_now() - r->started,
                               .loss = melody_nats(&r->losses),
                               .held_out = melody_nats(&l),
                               .lowest = tbi_training_lowest_error(r->training),
                               .gap = l.nats[MELODY_GAP] / n,
                               .duration = l.nats[MELODY_DURATION] / n,
                               .pitch = l.nats[MELODY_PITCH] / n};
    r->losses = (MelodyLosses){.n_notes = 0};
}

/* ---- the run ---- */

static const char FORMAT[] = "timbrel-melody-training-1";

static void describe_run(const Run *r, char *text, size_t n) {
    const TbMelodyTrainOptions *o = &r->o;
    const MelodySizes *s = &r->model->sizes;
    snprintf(text, n, "%d %d %d, %zu and %zu notes, seed %llu, %llu steps of %zu, %a %a %a %a %a %a %a %a, %zu",
             s->embedding, s->units, s->head, r->set->part[0].n_notes, r->set->part[1].n_notes,
             (unsigned long long)o->seed, (unsigned long long)o->steps, o->batch, o->learning_rate, o->decay,
             o->average, o->embedded, o->recurrent, o->output, o->no_chords, o->no_end, o->look_every);
}

static TbStatus resume(Run *r) {
    char run[512];
    TbTensorFile *file;
    describe_run(r, run, sizeof run);
    TbStatus status = tbi_training_resume(r->training, FORMAT, run, r->o.checkpoint, &file);
    if (status == TB_OK)
        tb_tensor_file_free(file);
    return status;
}

static TbStatus save(const Run *r) {
    char run[512];
    describe_run(r, run, sizeof run);
    const TbCheckpoint checkpoint = {.format = FORMAT, .run = run, .place = "steps"};
    return tbi_training_save(r->training, &checkpoint, r->o.checkpoint);
}

static size_t longest(const MelodyExamples *e) {
    size_t n = 1;
    for (size_t i = 0; i < e->n; i++)
        n = e->example[i].n > n ? e->example[i].n : n;
    return n;
}

static TbStatus set_up(Run *r) {
    const MelodyExamples *learned = &r->set->part[false], *looked_at = &r->set->part[r->set->part[true].n > 0];
    TbMelodyModel *m = r->model;
    r->sequence = tbi_arena_alloc(&r->memory, r->o.batch, sizeof *r->sequence);
    r->held_out = tbi_arena_alloc(&r->memory, looked_at->n, sizeof *r->held_out);
    r->order = tbi_arena_alloc(&r->memory, learned->n, sizeof *r->order);
    if (r->memory.failed)
        return tbi_no_memory("to train on melodies");
    shuffle(r, 0);
    sequences_of(looked_at, true, r->held_out);
    size_t most = longest(learned), other = longest(looked_at);
    most = most > other ? most : other;
    TbStatus status = tbi_training_new(&m->at.table, m->params, r->o.average, &r->training);
    if (status)
        return status;
    const size_t workers = (size_t)tbi_thread_pool_count(tbi_training_pool(r->training));
    const size_t share = (r->o.batch + workers - 1) / workers;
    status = tbi_melody_network_new(&m->sizes, m->params, share, share * most, (int)workers, &r->net);
    if (status == TB_OK && r->o.resume)
        status = resume(r);
    return status;
}

static TbStatus train(Run *r) {
    TbMelodyReport report;
    size_t worse = 0;
    bool go_on = true;
    r->started = tbi_now();
    while (go_on && tbi_training_n_steps(r->training) < r->o.steps) {
        step(r);
        const uint64_t n = tbi_training_n_steps(r->training);
        if (n % r->o.look_every != 0 && n < r->o.steps)
            continue;
        look(r, &report, &worse);
        TbStatus status = r->o.checkpoint ? save(r) : TB_OK;
        if (status)
            return status;
        go_on = (!r->o.report || r->o.report(r->o.context, &report)) && worse < r->o.patience;
    }
    return TB_OK;
}

TbStatus tbi_melody_train(const TbMelodySet *set, const MelodySizes *sizes, const TbMelodyTrainOptions *options,
                          TbMelodyModel **model) {
    Run r = {.set = set};
    *model = NULL;
    TbStatus status = tbi_options_read(options, &r.o, sizeof r.o);
    if (status)
        return status;
    if (set->part[false].n == 0)
        return tb_fail(TB_ERR_EMPTY, "There is no melody to learn from; eight notes are the least.");
    if (r.o.steps == 0 || r.o.batch == 0 || r.o.batch > MOST_BATCH || r.o.look_every == 0 ||
        (r.o.resume && !r.o.checkpoint))
        return tb_fail(TB_ERR_ARGUMENT,
                       "Training on melodies needs steps, batches of 1 to %d melodies, looks at "
                       "held-out melodies, and to resume a checkpoint.",
                       MOST_BATCH);
    if (!sizes)
        sizes = r.o.start ? &r.o.start->sizes : &melody_default_sizes;
    if (r.o.start && memcmp(&r.o.start->sizes, sizes, sizeof *sizes) != 0)
        return tb_fail(TB_ERR_ARGUMENT, "The model of melodies to start from has another size than the one to train.");
    status = tbi_melody_model_new(sizes, &r.model);
    if (status == TB_OK)
        tbi_melody_initialise(sizes, r.o.seed, r.model->params);
    if (status == TB_OK && r.o.start)
        memcpy(r.model->params, r.o.start->params, r.model->at.table.n_params * sizeof(float));
    if (status == TB_OK)
        status = set_up(&r);
    if (status == TB_OK)
        status = train(&r);
    if (status == TB_OK) {
        memcpy(r.model->params, tbi_training_best(r.training), r.model->at.table.n_params * sizeof(float));
        tbi_melody_count_facts(r.model, set);
        tbi_melody_round(r.model);
    }
    tbi_training_free(r.training);
    tbi_melody_network_free(r.net);
    tbi_arena_free(&r.memory);
    if (status) {
        tb_melody_model_free(r.model);
        return status;
    }
    *model = r.model;
    return TB_OK;
}

TbStatus tb_melody_train(const TbMelodySet *set, const TbMelodyTrainOptions *options, TbMelodyModel **model) {
    return tbi_melody_train(set, NULL, options, model);
}
