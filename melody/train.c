/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network on whole melodies. All that is random in a step comes from its number alone, so a run continues
 * exactly from a checkpoint. */
#include "melody/train.h"
#include "base/no_memory.h"
#include "nn/model_training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Phrases whose latent vectors are not told: of whole melodies, and one by one; so the network writes well without. KL
 * weighs little: draws do not come from the prior, but from phrases that were seen (melody/facts.c). */
static const double UNTOLD_MELODIES = 0.35;
static const float UNTOLD = 0.25f, KL_WEIGHT = 0.08f, FREE_BITS = 3;

typedef struct {
    const TbMelodySet *set;
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    TbMelodyModel *model;
    MelodyNetwork *net;
    TbTraining *training;
    size_t *order; /* [n of the set]: the melodies of an epoch */
    uint64_t epoch;
    MelodySequence *sequence; /* [batch] */
    MelodySequence *held_out; /* [n of the held-out part]: by falling length */
    TbArena memory;
    MelodyLosses losses, held_out_losses; /* since the last look; of the last look */
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

static void sequences_of(const MelodyExamples *e, bool chords, MelodyLatentUse latent, MelodySequence *sequence) {
    for (size_t i = 0; i < e->n; i++)
        sequence[i] = (MelodySequence){e->example[i].steps, e->example[i].n, chords, false, (uint32_t)i, latent};
    qsort(sequence, e->n, sizeof *sequence, falling_length);
}

TbStatus tbi_melody_evaluate(const TbMelodyModel *model, const MelodyExamples *examples, bool chords,
                             MelodyLatentUse latent, MelodyLosses *losses) {
    enum { BATCH = 16 };
    MelodyNetwork *net = NULL;
    TbTraining *training = NULL;
    MelodySequence *sequence = calloc(examples->n + 1, sizeof *sequence);
    float *params = malloc(model->at.table.n_params * sizeof *params);
    TbStatus status = sequence && params ? TB_OK : tbi_no_memory("to evaluate a model of melodies");
    if (status == TB_OK) {
        memcpy(params, model->params, model->at.table.n_params * sizeof *params);
        sequences_of(examples, chords, latent, sequence);
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
    tb_rng_seed(&rng, r->plan.seed + 0x9E3779B97F4A7C15u * (epoch + 1));
    for (size_t i = 0; i < n; i++)
        r->order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t k = tb_rng_next(&rng) % i, other = r->order[k];
        r->order[k] = r->order[i - 1];
        r->order[i - 1] = other;
    }
    r->epoch = epoch;
}

static const MelodyExample *draw(Run *r, uint64_t at, TbRng *rng) {
    const MelodyExamples *e = &r->set->part[false], *also = r->o.also ? &r->o.also->part[false] : NULL;
    if (also && also->n > 0 && (double)tb_rng_uniform(rng) < r->o.also_share)
        return &also->example[tb_rng_next(rng) % also->n];
    if (at / e->n != r->epoch)
        shuffle(r, at / e->n);
    return &e->example[r->order[at % e->n]];
}

static void step(void *context, const TbAdamConfig *adam) {
    Run *r = context;
    const TbMelodyTrainOptions *o = &r->o;
    const uint64_t n = tbi_training_n_steps(r->training);
    const MelodyDropout dropout = {.embedded = (float)o->embedded,
                                   .recurrent = (float)o->recurrent,
                                   .output = (float)o->output,
                                   .phrase = UNTOLD,
                                   .kl = KL_WEIGHT,
                                   .free_bits = FREE_BITS,
                                   .seed = r->plan.seed};
    TbRng rng;
    tb_rng_seed(&rng, r->plan.seed ^ (n + 1) * 0xD1B54A32D192ED03u);
    for (size_t i = 0; i < r->plan.batch; i++) {
        const MelodyExample *example = draw(r, n * r->plan.batch + i, &rng);
        const bool chords = (double)tb_rng_uniform(&rng) >= o->no_chords;
        const bool ends = (double)tb_rng_uniform(&rng) >= o->no_end;
        const bool told = (double)tb_rng_uniform(&rng) >= UNTOLD_MELODIES;
        r->sequence[i] = (MelodySequence){example->steps, example->n,  chords,
                                          ends,           (uint32_t)i, told ? MELODY_LATENT_DRAWN : MELODY_LATENT_NONE};
    }
    qsort(r->sequence, r->plan.batch, sizeof *r->sequence, falling_length);
    MelodyLosses l = tbi_melody_run(r->net, r->training, r->sequence, r->plan.batch, &dropout, true);
    tbi_training_step(r->training, adam);
    for (int k = 0; k < MELODY_FIELDS; k++)
        r->losses.nats[k] += l.nats[k];
    r->losses.n_notes += l.n_notes;
}

/* ---- looks at the held-out melodies ---- */

static TbStatus look(void *context, double *error, double *loss) {
    Run *r = context;
    const size_t n = r->set->part[r->set->part[true].n > 0].n;
    r->held_out_losses = run_all(r->net, r->training, r->held_out, n, r->plan.batch);
    *error = melody_nats(&r->held_out_losses);
    *loss = melody_nats(&r->losses);
    r->losses = (MelodyLosses){.n_notes = 0};
    return TB_OK;
}

static bool report(void *context, const TbTrainingProgress *progress) {
    const Run *r = context;
    const MelodyLosses *l = &r->held_out_losses;
    const double n = (double)l->n_notes;
    const TbMelodyReport report = {.progress = *progress,
                                   .gap = l->nats[MELODY_GAP] / n,
                                   .duration = l->nats[MELODY_DURATION] / n,
                                   .pitch = l->nats[MELODY_PITCH] / n};
    return !r->o.report || r->o.report(r->o.context, &report);
}

/* ---- the run ---- */

static const TbTrainingKind kind = {"timbrel checkpoint melody 2", "melodies", "melodies", 256, 50, step, look, report};

static void describe(const void *context, char *text, size_t n) {
    const Run *r = context;
    const TbMelodyTrainOptions *o = &r->o;
    const MelodySizes *s = &r->model->sizes;
    snprintf(text, n, "%d %d %d, %zu, %zu and %zu notes, %a %a %a %a %a %a", s->embedding, s->units, s->head,
             r->set->part[0].n_notes, r->set->part[1].n_notes, o->also ? o->also->part[0].n_notes : 0, o->also_share,
             o->embedded, o->recurrent, o->output, o->no_chords, o->no_end);
}

static size_t longest(const MelodyExamples *e) {
    size_t n = 1;
    for (size_t i = 0; i < e->n; i++)
        n = e->example[i].n > n ? e->example[i].n : n;
    return n;
}

static void initialise(void *model, TbRng *rng) {
    TbMelodyModel *m = model;
    tbi_melody_initialise(&m->sizes, rng, m->params);
}

static TbStatus set_up(void *context, const TbTrainingPlan *plan, void *model, TbTraining **training) {
    Run *r = context;
    TbMelodyModel *m = r->model = model;
    const MelodyExamples *learned = &r->set->part[false], *looked_at = &r->set->part[r->set->part[true].n > 0];
    if (learned->n == 0)
        return tb_fail(TB_ERR_EMPTY, "There is no melody to learn from; eight notes are the least.");
    r->plan = *plan;
    r->sequence = tbi_arena_alloc(&r->memory, plan->batch, sizeof *r->sequence);
    r->held_out = tbi_arena_alloc(&r->memory, looked_at->n, sizeof *r->held_out);
    r->order = tbi_arena_alloc(&r->memory, learned->n, sizeof *r->order);
    if (r->memory.failed)
        return tbi_no_memory("to train on melodies");
    shuffle(r, 0);
    sequences_of(looked_at, true, MELODY_LATENT_NONE, r->held_out);
    size_t most = longest(learned), other = longest(looked_at), also = r->o.also ? longest(&r->o.also->part[0]) : 0;
    most = most > other ? most : other;
    most = most > also ? most : also;
    TbStatus status = tbi_training_new(&m->at.table, m->params, plan->average, &r->training);
    if (status)
        return status;
    *training = r->training;
    const size_t workers = (size_t)tbi_thread_pool_count(tbi_training_pool(r->training));
    const size_t share = (plan->batch + workers - 1) / workers;
    return tbi_melody_network_new(&m->sizes, m->params, share, share * most, (int)workers, &r->net);
}

static TbStatus finish(void *context) {
    Run *r = context;
    return tbi_melody_count_facts(r->model, r->set, r->o.also);
}

static void release(void *context) {
    Run *r = context;
    tbi_training_free(r->training);
    tbi_melody_network_free(r->net);
    tbi_arena_free(&r->memory);
}

TB_MODEL_TRAIN(melody, Melody, finish)
