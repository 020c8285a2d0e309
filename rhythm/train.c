/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network: each step draws patterns and tasks. All that is random in a step comes from its number alone, so
 * a run continues exactly from a checkpoint. */
#include "rhythm/train.h"
#include "base/no_memory.h"
#include "nn/model_training.h"
#include "rhythm/evaluate.h"
#include "rhythm/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_HELD_OUT = 512 /* patterns of a look */ };

/* Shares of the tasks, in the order of RhythmTask, and of the lessons whose encoder sees the whole pattern. */
static const float TASKS[RHYTHM_TASKS] = {0.35f, 0.33f, 0.2f, 0.12f};
static const float WHOLE[RHYTHM_TASKS] = {1, 0.15f, 0.4f, 0.4f};
static const float NO_STYLE = 0.25f;

/* Patterns to learn from. */
typedef struct {
    const RhythmExamples *examples;
    double *cumulated; /* [n]: weights of the patterns up to each */
} Source;

typedef struct {
    const TbRhythmSet *set;
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    Source own, also;
    TbRhythmModel *model;
    RhythmNetwork *net;
    TbTraining *training;
    RhythmLoss weights;
    RhythmLesson *lesson;            /* [batch] */
    RhythmItem *item;                /* [batch] */
    float *noise;                    /* [batch][latent] */
    const RhythmExample **looked_at; /* [n_looked_at] */
    size_t n_looked_at;
    TbArena memory;
    double loss, n_patterns; /* loss: sum since the last look */
    RhythmScores scores;     /* of the last look */
} Run;

/* ---- patterns ---- */

static int by_number(const void *a, const void *b) {
    const int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

/* How many of sorted[n] are below x. */
static size_t count_below(const int *sorted, size_t n, long long x) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A pattern weighs n^-balance, where n is the number of patterns in its group. */
static TbStatus weigh(Run *r, const TbRhythmSet *set, Source *source) {
    const RhythmExamples *e = source->examples = &set->part[false];
    int *groups = tbi_arena_alloc(&r->memory, e->n, sizeof *groups);
    source->cumulated = tbi_arena_alloc(&r->memory, e->n, sizeof *source->cumulated);
    if (r->memory.failed)
        return tbi_no_memory("for %zu rhythms to learn from", e->n);
    for (size_t i = 0; i < e->n; i++)
        groups[i] = e->example[i].group;
    qsort(groups, e->n, sizeof *groups, by_number);
    double sum = 0;
    for (size_t i = 0; i < e->n; i++) {
        const long long group = e->example[i].group;
        const size_t n = count_below(groups, e->n, group + 1) - count_below(groups, e->n, group);
        sum += pow((double)n, -r->o.balance);
        source->cumulated[i] = sum;
    }
    return TB_OK;
}

static const RhythmExample *draw(const Run *r, TbRng *rng) {
    const bool also = r->also.examples && (double)tb_rng_uniform(rng) < r->o.also_share;
    const Source *source = also ? &r->also : &r->own;
    const RhythmExamples *e = source->examples;
    const double at = (tb_rng_next(rng) + 0.5) / 4294967296.0 * source->cumulated[e->n - 1];
    size_t low = 0, high = e->n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (source->cumulated[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return &e->example[low];
}

static RhythmTask draw_task(TbRng *rng, bool *whole) {
    float at = tb_rng_uniform(rng);
    int task = 0;
    while (task < RHYTHM_TASKS - 1 && at >= TASKS[task])
        at -= TASKS[task++];
    *whole = tb_rng_uniform(rng) < WHOLE[task];
    return (RhythmTask)task;
}

/* ---- steps ---- */

static double weighted(const Run *r, const RhythmLosses *l) {
    const RhythmLoss *w = &r->weights;
    return l->hits + (double)w->velocity * l->velocity + (double)w->offset * l->offset + (double)w->kl * l->kl;
}

static void step(void *context, const TbAdamConfig *adam) {
    Run *r = context;
    const TbRhythmTrainOptions *o = &r->o;
    const uint64_t n = tbi_training_n_steps(r->training);
    TbRng rng;
    tb_rng_seed(&rng, r->plan.seed * 0x9E3779B97F4A7C15u + n);
    for (size_t i = 0; i < r->plan.batch; i++) {
        bool whole;
        RhythmTask task = draw_task(&rng, &whole);
        tbi_rhythm_lesson(draw(r, &rng), task, whole, &rng, &r->lesson[i]);
        r->item[i] = r->lesson[i].item;
        if (tb_rng_uniform(&rng) < NO_STYLE)
            r->item[i].style = TB_RHYTHM_ANY_STYLE;
    }
    for (size_t k = 0; k < r->plan.batch * (size_t)r->model->sizes.latent; k++)
        r->noise[k] = tb_rng_normal(&rng);
    const RhythmBatch batch = {
        r->item, r->plan.batch, r->noise, r->weights, {tbi_dropout_key(r->plan.seed, n, 0), (float)o->dropout}};
    tbi_rhythm_pack(r->net, tbi_training_pool(r->training));
    tbi_training_zero_gradients(r->training);
    RhythmLosses losses = tbi_rhythm_run(r->net, &batch, r->training);
    tbi_training_reduce(r->training);
    tbi_training_step(r->training, adam);
    r->loss += weighted(r, &losses);
    r->n_patterns += (double)r->plan.batch;
}

/* ---- looks at the held-out patterns ---- */

static TbStatus choose_held_out(Run *r) {
    const RhythmExamples *e = &r->set->part[r->set->part[true].n > 0];
    size_t n = e->n < MOST_HELD_OUT ? e->n : MOST_HELD_OUT;
    r->looked_at = tbi_arena_alloc(&r->memory, n, sizeof *r->looked_at);
    if (!r->looked_at)
        return tbi_no_memory("for %zu rhythms", n);
    for (size_t i = 0; i < n; i++)
        r->looked_at[i] = &e->example[i * e->n / n];
    r->n_looked_at = n;
    return TB_OK;
}

/* The loss of fixed tasks, which take turns, without noise and dropout. */
static double held_out_loss(Run *r) {
    double sum = 0;
    for (size_t first = 0; first < r->n_looked_at; first += r->plan.batch) {
        const size_t left = r->n_looked_at - first, n = left < r->plan.batch ? left : r->plan.batch;
        TbRng rng;
        tb_rng_seed(&rng, first);
        for (size_t i = 0; i < n; i++) {
            tbi_rhythm_lesson(r->looked_at[first + i], (RhythmTask)((first + i) % 3), false, &rng, &r->lesson[i]);
            r->item[i] = r->lesson[i].item;
        }
        const RhythmBatch batch = {r->item, n, NULL, r->weights, {0}};
        RhythmLosses losses = tbi_rhythm_run(r->net, &batch, NULL);
        sum += weighted(r, &losses);
    }
    return sum / (double)r->n_looked_at;
}

static TbStatus look(void *context, double *error, double *loss) {
    Run *r = context;
    tbi_rhythm_pack(r->net, NULL);
    TbStatus status = tbi_rhythm_evaluate(r->net, r->looked_at, r->n_looked_at, true, NULL, &r->scores);
    *error = held_out_loss(r);
    *loss = r->loss / fmax(r->n_patterns, 1);
    r->loss = r->n_patterns = 0;
    return status;
}

static bool report(void *context, const TbTrainingProgress *progress) {
    const Run *r = context;
    const RhythmScores *s = &r->scores;
    const TbRhythmReport report = {.progress = *progress,
                                   .hits = s->hits,
                                   .f1 = s->f1[RHYTHM_THRESHOLDS / 2],
                                   .ms = s->ms,
                                   .squared = s->squared,
                                   .velocity = s->velocity};
    return !r->o.report || r->o.report(r->o.context, &report);
}

/* ---- the run ---- */

static const TbTrainingKind kind = {
    "timbrel checkpoint rhythm 1", "rhythms", "patterns", 4096, 200, step, look, report};

static void initialise(void *model, TbRng *rng) {
    TbRhythmModel *m = model;
    tbi_rhythm_initialise(&m->sizes, rng, m->params);
}

static void describe(const void *context, char *text, size_t n) {
    const Run *r = context;
    const TbRhythmTrainOptions *o = &r->o;
    const RhythmSizes *s = &r->model->sizes;
    snprintf(text, n, "%d %d %d %d %d, %zu, %zu and %zu patterns, %a %a %a %a %a", s->latent, s->hidden, s->code,
             s->encoder, s->decoder, r->set->part[0].n, r->set->part[1].n, o->also ? o->also->part[0].n : 0,
             o->also_share, o->dropout, o->balance, o->kl, o->free_bits);
}

static TbStatus set_up(void *context, const TbTrainingPlan *plan, void *model, TbTraining **training) {
    Run *r = context;
    TbRhythmModel *m = r->model = model;
    const size_t batch = plan->batch, latent = (size_t)m->sizes.latent;
    if (r->set->part[false].n == 0)
        return tb_fail(TB_ERR_EMPTY,
                       "There is no rhythm to learn from; two bars of drums with four hits are the least.");
    r->plan = *plan;
    r->weights =
        (RhythmLoss){.velocity = 12, .offset = 50, .bend = 0.12f, .kl = (float)r->o.kl, .free = (float)r->o.free_bits};
    r->lesson = tbi_arena_alloc(&r->memory, batch, sizeof *r->lesson);
    r->item = tbi_arena_alloc(&r->memory, batch, sizeof *r->item);
    r->noise = tbi_arena_floats(&r->memory, batch * latent);
    if (r->memory.failed)
        return tbi_no_memory("to train on rhythms");
    TbStatus status = weigh(r, r->set, &r->own);
    if (status == TB_OK && r->o.also && r->o.also->part[false].n > 0)
        status = weigh(r, r->o.also, &r->also);
    if (status == TB_OK)
        status = choose_held_out(r);
    if (status == TB_OK)
        status = tbi_training_new(&m->table, m->params, plan->average, &r->training);
    if (status)
        return status;
    *training = r->training;
    return tbi_rhythm_network_new(&m->sizes, m->params, batch, tbi_thread_pool_count(tbi_training_pool(r->training)),
                                  &r->net);
}

static void release(void *context) {
    Run *r = context;
    tbi_rhythm_network_free(r->net);
    tbi_training_free(r->training);
    tbi_arena_free(&r->memory);
}

/* Facts are measured with the weights that the file will have. */
static TbStatus finish(void *context) {
    Run *r = context;
    tbi_model_round(&tbi_rhythm_model_kind, r->model);
    return tbi_rhythm_measure_facts(r->model, r->set);
}

TB_MODEL_TRAIN(rhythm, Rhythm, finish)
