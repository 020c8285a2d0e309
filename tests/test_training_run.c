/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of training, on four weights that are pulled to a target: the best look's weights, the early stop, the end by
 * time or when told, checkpoints that go on exactly, and what is refused. */
#include "nn/training_run.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <math.h>
#include <stdio.h>

enum { N = 4 };

/* A network whose weights are pulled to `target`, with noise that comes from the number of the step. */
typedef struct {
    TbParameters table;
    TbTraining *training;
    float params[N];
    double error[64]; /* of the looks: the distance from the target, or as `script` says */
    size_t n_looks;
    const double *script;      /* errors to be claimed; NULL: the true ones */
    float slope;               /* of the gradient: 1, or NAN */
    uint64_t stop_at, look_at; /* steps at which to stop; the step of the last look */
    uint64_t steps_seen;
    bool had_enough; /* stops the run at its first look */
    double before;   /* of the last report */
    bool over;       /* the run was finished when it was resumed */
} Pulled;

static ScratchFolder folder;

static void step(void *context, const TbAdamConfig *adam) {
    Pulled *p = context;
    TbRng rng;
    tb_rng_seed(&rng, tbi_training_n_steps(p->training));
    tbi_training_zero_gradients(p->training);
    float *g = tbi_training_gradients(p->training);
    for (int i = 0; i < N; i++)
        g[i] = p->slope * (p->params[i] - (float)i) + 0.1f * tb_rng_normal(&rng);
    tbi_training_step(p->training, adam);
    p->steps_seen++;
}

static TbStatus look(void *context, double *error, double *loss) {
    Pulled *p = context;
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += pow((double)p->params[i] - i, 2);
    assert_true(p->n_looks < 64);
    *error = p->script ? p->script[p->n_looks] : sum;
    *loss = 0;
    p->error[p->n_looks++] = *error;
    p->look_at = tbi_training_n_steps(p->training);
    return TB_OK;
}

static bool report(void *context, const TbTrainingProgress *progress) {
    Pulled *p = context;
    p->before = progress->before;
    if (p->over) {
        assert_true(progress->held_out == progress->lowest);
        return true;
    }
    assert_true(progress->held_out == p->error[p->n_looks - 1]);
    assert_true(progress->lowest <= progress->held_out || isnan(progress->held_out));
    assert_true(progress->step == p->look_at && progress->seconds >= 0);
    return !p->had_enough;
}

static bool stop(void *context) {
    const Pulled *p = context;
    return tbi_training_n_steps(p->training) == p->stop_at;
}

static const TbTrainingKind kind = {"timbrel checkpoint test 1", "tests", "examples", 8, 1, step, look, report};

/* Weights to train, and the plan of their run. */
static TbTrainingPlan begin(Pulled *p) {
    TbTrainingPlan plan;
    *p = (Pulled){.slope = 1};
    tbi_parameters_add(&p->table, 1, N, true, "weights");
    assert_int_equal(tbi_training_new(&p->table, p->params, 0.5, &p->training), TB_OK);
    TB_OPTIONS_BEGIN(&plan);
    plan.steps = 60;
    plan.batch = 1;
    plan.learning_rate = 0.2;
    plan.average = 0.5;
    plan.look_every = 10;
    plan.patience = 100;
    plan.stop = stop;
    plan.context = p;
    return plan;
}

static TbStatus run(Pulled *p, const TbTrainingPlan *plan) {
    return tbi_training_run(p->training, &kind, plan, "four weights", p);
}

static void test_best_weights(void **state) {
    (void)state;
    Pulled p;
    const TbTrainingPlan plan = begin(&p);
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_int_equal(p.n_looks, 6);
    assert_int_equal(p.steps_seen, 60);
    double lowest = INFINITY, sum = 0;
    for (size_t i = 0; i < p.n_looks; i++)
        lowest = fmin(lowest, p.error[i]);
    for (int i = 0; i < N; i++)
        sum += pow((double)p.params[i] - i, 2);
    assert_true(sum == lowest && lowest < 0.1);
    tbi_training_free(p.training);
}

/* Fine-tuning that only makes things worse gives back what it started with; and it knows how good that was, also after
 * it was resumed. */
static void test_fine_tuning(void **state) {
    (void)state;
    static const double errors[] = {3, 5, 4, 6, 7}, better[] = {2, 1};
    Pulled p;
    char checkpoint[256];
    snprintf(checkpoint, sizeof checkpoint, "%s/fine", folder.path);
    TbTrainingPlan plan = begin(&p);
    plan.fine_tune = true;
    plan.steps = 40;
    plan.checkpoint = checkpoint;
    p.script = errors;
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_true(p.n_looks == 5 && p.steps_seen == 40 && p.before == 3);
    for (int i = 0; i < N; i++)
        assert_true(p.params[i] == 0);
    tbi_training_free(p.training);

    begin(&p);
    plan.context = &p;
    p.over = plan.resume = true;
    p.script = better;
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_true(p.n_looks == 0 && p.steps_seen == 0 && p.before == 3);
    tbi_training_free(p.training);
}

static void test_patience(void **state) {
    (void)state;
    static const double errors[] = {5, 4, 6, 4, 7, 1};
    Pulled p;
    TbTrainingPlan plan = begin(&p);
    plan.patience = 3;
    plan.checkpoint = scratch_path(folder.path, "patience");
    p.script = errors;
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_int_equal(p.n_looks, 5); /* three after the lowest */
    p.over = plan.resume = true;
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_int_equal(p.n_looks, 5);
    tbi_training_free(p.training);
}

/* Stopped between two looks, where a look is due, and never: the same weights and the same looks. */
static void test_resume(void **state) {
    (void)state;
    Pulled whole;
    TbTrainingPlan plan = begin(&whole);
    assert_int_equal(run(&whole, &plan), TB_OK);
    for (uint64_t at = 18; at <= 20; at++) {
        Pulled p;
        plan = begin(&p);
        p.stop_at = at;
        plan.checkpoint = scratch_path(folder.path, "resume");
        assert_int_equal(run(&p, &plan), TB_OK);
        assert_int_equal(p.steps_seen, at);
        assert_int_equal(p.look_at, at); /* its user gets the weights so far */
        tbi_training_free(p.training);
        plan = begin(&p);
        plan.checkpoint = scratch_path(folder.path, "resume");
        plan.resume = true;
        assert_int_equal(run(&p, &plan), TB_OK);
        assert_int_equal(p.steps_seen, 60 - at);
        assert_memory_equal(p.params, whole.params, sizeof p.params);
        const size_t n = p.n_looks;
        assert_memory_equal(p.error, whole.error + whole.n_looks - n, n * sizeof *p.error);
        tbi_training_free(p.training);
    }
    tbi_training_free(whole.training);
}

static void test_report_stops(void **state) {
    (void)state;
    Pulled p;
    const TbTrainingPlan plan = begin(&p);
    p.had_enough = true;
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_int_equal(p.steps_seen, plan.look_every);
    tbi_training_free(p.training);
}

static void test_seconds(void **state) {
    (void)state;
    Pulled p;
    TbTrainingPlan plan = begin(&p);
    plan.steps = plan.look_every = UINT64_MAX;
    plan.seconds = 0.05;
    plan.checkpoint = scratch_path(folder.path, "seconds");
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_int_equal(p.n_looks, 1);
    assert_true(p.steps_seen > 0 && p.error[0] < 14); /* 14: at the start */
    const uint64_t seen = p.steps_seen;
    plan.resume = true; /* the time is spent: one more step, and the look */
    assert_int_equal(run(&p, &plan), TB_OK);
    assert_int_equal(p.steps_seen, seen + 1);
    tbi_training_free(p.training);
}

static void test_not_finite(void **state) {
    (void)state;
    static const double errors[] = {NAN};
    for (int k = 0; k < 2; k++) {
        Pulled p;
        const TbTrainingPlan plan = begin(&p);
        p.slope = k ? 1 : NAN;
        p.script = k ? errors : NULL;
        const TbStatus status = run(&p, &plan);
        assert_int_equal(status, TB_ERR_ARGUMENT);
        assert_non_null(strstr(tb_error_text(status), "lower learning rate"));
        tbi_training_free(p.training);
    }
}

static void test_refused(void **state) {
    (void)state;
    Pulled p;
    const TbTrainingPlan fine = begin(&p);
    TbTrainingPlan own, plan[5] = {fine, fine, fine, fine, fine};
    assert_int_equal(tbi_training_plan_read(&kind, &fine, 0.1, &own), TB_OK);
    assert_memory_equal(&own, &fine, sizeof own);
    plan[0].steps = 0;
    plan[1].batch = 0;
    plan[2].batch = 9;
    plan[3].look_every = 0;
    plan[4].resume = true; /* from nothing */
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(tbi_training_plan_read(&kind, &plan[i], 0, &own), TB_ERR_ARGUMENT);
        assert_non_null(strstr(tb_error_text(TB_ERR_ARGUMENT), "batches of 1 to 8 examples"));
    }
    static const double shares[] = {-0.1, 1.1, NAN};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tbi_training_plan_read(&kind, &fine, shares[i], &own), TB_ERR_ARGUMENT);
        assert_non_null(strstr(tb_error_text(TB_ERR_ARGUMENT), "0 to 1"));
    }
    /* checkpoints of other runs */
    TbTrainingPlan other = fine;
    other.checkpoint = scratch_path(folder.path, "other");
    assert_int_equal(run(&p, &other), TB_OK);
    other.resume = true;
    other.learning_rate *= 2;
    assert_int_equal(run(&p, &other), TB_ERR_ARGUMENT);
    assert_non_null(strstr(tb_error_text(TB_ERR_ARGUMENT), "other files or options"));
    other.checkpoint = scratch_path(folder.path, "none");
    assert_int_equal(run(&p, &other), TB_ERR_NOT_FOUND);
    tbi_training_free(p.training);
}

static int setup(void **state) {
    (void)state;
    return scratch_new(&folder) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    scratch_free(&folder);
    return 0;
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_best_weights, test_fine_tuning, test_patience, test_resume,
                     test_report_stops, test_seconds, test_not_finite, test_refused);
}
