/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/training_run.h"
#include "base/clock.h"
#include "base/options.h"
#include "nn/learning_rate.h"
#include "nn/training_state.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define PLACE_WRITE "%016" PRIx64 " %016" PRIx64
#define PLACE_READ "%" SCNx64 " %" SCNx64

typedef struct {
    const TbTrainingKind *kind;
    const TbTrainingPlan *plan;
    const char *about;
    void *context;
    TbTraining *training;
    double started; /* when it would have started, had it run without a break */
    double before;  /* error of the first weights, or NAN */
} Run;

TbStatus tbi_training_plan_read(const TbTrainingKind *kind, const TbTrainingPlan *plan, double also_share,
                                TbTrainingPlan *own) {
    TbStatus status = tbi_options_read(plan, own, sizeof *own);
    if (status)
        return status;
    if (own->steps == 0 || own->batch == 0 || own->batch > kind->most_batch || own->look_every == 0 ||
        (own->resume && !own->checkpoint))
        return tb_fail(TB_ERR_ARGUMENT,
                       "Training on %s needs steps, batches of 1 to %zu %s, looks at held-out %s, and to resume a "
                       "checkpoint.",
                       kind->what, kind->most_batch, kind->examples, kind->examples);
    if (!(also_share >= 0 && also_share <= 1))
        return tb_fail(TB_ERR_ARGUMENT, "The share of %s from another set is %g; it must be 0 to 1.", kind->examples,
                       also_share);
    return TB_OK;
}

/* ---- checkpoints ---- */

static void describe(const Run *r, char *text, size_t n) {
    const TbTrainingPlan *o = r->plan;
    snprintf(text, n, "%s, seed %" PRIu64 ", %" PRIu64 " steps of %zu, %a %a %a, %zu", r->about, o->seed, o->steps,
             o->batch, o->learning_rate, o->decay, o->average, o->look_every);
}

static TbStatus save(const Run *r) {
    char run[1024], place[40];
    describe(r, run, sizeof run);
    snprintf(place, sizeof place, PLACE_WRITE, tbi_bits_of(tbi_now() - r->started), tbi_bits_of(r->before));
    const TbCheckpoint checkpoint = {.format = r->kind->format, .run = run, .place = place};
    return r->plan->checkpoint ? tbi_training_save(r->training, &checkpoint, r->plan->checkpoint) : TB_OK;
}

static TbStatus resume(Run *r) {
    char run[1024];
    uint64_t seconds, before;
    TbTensorFile *file;
    describe(r, run, sizeof run);
    TbStatus status = tbi_training_resume(r->training, r->kind->format, run, r->plan->checkpoint, &file);
    if (status)
        return status;
    if (sscanf(tb_tensor_file_metadata(file, "place"), PLACE_READ, &seconds, &before) != 2 ||
        !(tbi_double_of(seconds) >= 0 && tbi_double_of(seconds) < INFINITY))
        status = tbi_checkpoint_damaged(r->plan->checkpoint);
    r->started -= status ? 0 : tbi_double_of(seconds);
    r->before = status ? NAN : tbi_double_of(before);
    tb_tensor_file_free(file);
    return status;
}

/* ---- steps and looks ---- */

/* The share of the run that is completed, by steps or by time. */
static double done(const Run *r) {
    const double steps = (double)r->training->n_steps / (double)r->plan->steps;
    return r->plan->seconds > 0 ? fmax(steps, (tbi_now() - r->started) / r->plan->seconds) : steps;
}

static TbStatus not_finite(void) {
    return tb_fail(TB_ERR_ARGUMENT,
                   "The weights are no longer finite numbers; train again with a lower learning rate.");
}

static TbStatus step(Run *r) {
    enum { FINE_WARM_UP = 20 };
    const TbTrainingPlan *o = r->plan;
    const uint64_t n = r->training->n_steps;
    const TbLearningRate rate = {o->learning_rate, 0.01, o->fine_tune ? FINE_WARM_UP : r->kind->warm_up_steps};
    const TbAdamConfig adam = {.learning_rate = tbi_learning_rate(&rate, n, done(r)),
                               .beta1 = 0.9,
                               .beta2 = 0.99,
                               .epsilon = 1e-8,
                               .weight_decay = o->decay,
                               .clip_norm = 1};
    r->kind->step(r->context, &adam);
    return r->training->n_steps > n ? TB_OK : not_finite();
}

static void take_place(const Run *r, TbTrainingProgress *p) {
    p->step = r->training->n_steps;
    p->steps = r->plan->steps;
    p->seconds = tbi_now() - r->started;
    p->lowest = r->training->lowest;
    p->before = r->before;
}

static TbStatus look(Run *r, TbTrainingProgress *p) {
    TbTraining *t = r->training;
    tbi_training_swap_average(t);
    TbStatus status = r->kind->look(r->context, &p->held_out, &p->loss);
    if (status == TB_OK)
        tbi_training_evaluated(t, p->held_out);
    tbi_training_swap_average(t);
    take_place(r, p);
    return status || isfinite(t->lowest) ? status : not_finite();
}

/* Steps up to the next look, the look, and a checkpoint. A stop before the look is due saves the run as it is then: it
 * goes on from there as if it had not stopped, and the look that its user gets does not count. */
static TbStatus advance(Run *r, bool *go_on) {
    const TbTrainingPlan *o = r->plan;
    TbTraining *t = r->training;
    TbStatus status;
    TbTrainingProgress progress = {.step = 0};
    bool due, stop;
    do {
        status = step(r);
        due = t->n_steps % o->look_every == 0 || t->n_steps >= o->steps;
        stop = (o->stop && o->stop(o->context)) || (o->seconds > 0 && done(r) >= 1);
    } while (status == TB_OK && !due && !stop);
    if (status == TB_OK && !due)
        status = save(r);
    if (status == TB_OK)
        status = look(r, &progress);
    if (status == TB_OK && due)
        status = save(r);
    *go_on = status == TB_OK && r->kind->report(r->context, &progress) && t->n_worse < o->patience && !stop;
    return status;
}

/* A run that was finished when it was resumed: its user gets a last report. */
static void report_end(const Run *r) {
    TbTrainingProgress progress = {.held_out = r->training->lowest};
    take_place(r, &progress);
    r->kind->report(r->context, &progress);
}

static TbStatus begin(Run *r) {
    TbTrainingProgress first;
    if (r->plan->resume)
        return resume(r);
    TbStatus status = r->plan->fine_tune ? look(r, &first) : TB_OK;
    if (r->plan->fine_tune)
        r->before = first.held_out;
    return status;
}

TbStatus tbi_training_run(TbTraining *training, const TbTrainingKind *kind, const TbTrainingPlan *plan,
                          const char *about, void *context) {
    Run r = {kind, plan, about, context, training, tbi_now(), NAN};
    TbStatus status = tbi_training_keep_best(training);
    status = status ? status : begin(&r);
    bool go_on = training->n_worse == 0 || training->n_worse < plan->patience;
    if (status == TB_OK && isfinite(training->lowest) && (!go_on || done(&r) >= 1))
        report_end(&r);
    while (status == TB_OK && go_on && (done(&r) < 1 || !isfinite(training->lowest)))
        status = advance(&r, &go_on);
    if (status == TB_OK)
        memcpy(training->params, training->best, training->parameters->n_params * sizeof *training->params);
    return status;
}
