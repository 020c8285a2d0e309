/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests that hold for each network of music: training is repeatable with each number of threads, continues from a
 * checkpoint as if it had not stopped, starts from given weights, mixes a second set in, and
 * refuses what it cannot do; a model is what its
 * file says. *state of each is a TrainedNetwork. */
#ifndef TIMBREL_TESTS_TRAINED_NETWORK_H
#define TIMBREL_TESTS_TRAINED_NETWORK_H

#include "nn/model_file.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    const TbModelKind *kind;
    size_t other_size; /* index of a size that another network may have */
    TbStatus (*train)(const TbTrainingPlan *plan, const void *start, void **model);
    void (*mix)(double share); /* lets the trainings from now on take that share of their examples from another set */
    TbTrainingPlan plan;       /* of a short run with two looks */
    ScratchFolder folder;
} TrainedNetwork;

/* To be called by the setup of a test, once the plan is set. */
static inline void trained_begin(TrainedNetwork *n, uint64_t steps, void **state) {
    n->plan.steps = steps;
    n->plan.look_every = steps / 2;
    assert_true(scratch_new(&n->folder));
    *state = n;
}

static inline void *trained_model(const TrainedNetwork *n, const TbTrainingPlan *plan, const void *start) {
    void *model;
    const TbStatus status = n->train(plan, start, &model);
    if (status)
        print_message("%s\n", tb_error_text(status));
    assert_int_equal(status, TB_OK);
    return model;
}

/* Whether the first n_slabs are the same. */
static inline bool trained_same(const TrainedNetwork *n, const void *a, const void *b, size_t n_slabs) {
    TbModelContents x, y;
    bool same = true;
    n->kind->contents(a, &x);
    n->kind->contents(b, &y);
    for (size_t i = 0; i < x.n_slabs && i < n_slabs; i++)
        same &= memcmp(x.slab[i].params, y.slab[i].params, x.slab[i].table->n_params * sizeof(float)) == 0;
    return same;
}

static inline void test_repeatable(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    for (int threads = 1; threads <= 2; threads++) {
        tb_set_threads(threads);
        void *a = trained_model(n, &plan, NULL), *b = trained_model(n, &plan, NULL);
        assert_true(trained_same(n, a, b, TB_MODEL_SLABS));
        plan.seed++;
        void *other = trained_model(n, &plan, NULL);
        assert_false(trained_same(n, a, other, 1));
        plan.seed--;
        n->kind->free(a), n->kind->free(b), n->kind->free(other);
    }
    tb_set_threads(1);
}

static inline bool trained_stop(void *context) {
    return --*(uint64_t *)context == 0;
}

/* Stopped at a look, and between looks. */
static inline void test_resume(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    void *whole = trained_model(n, &plan, NULL);
    for (uint64_t more = 0; more < 2; more++) {
        uint64_t left = n->plan.look_every + more;
        plan = n->plan;
        plan.checkpoint = scratch_path(n->folder.path, "checkpoint");
        plan.stop = trained_stop;
        plan.context = &left;
        void *half = trained_model(n, &plan, NULL); /* usable */
        assert_int_equal(left, 0);
        assert_false(trained_same(n, whole, half, 1));
        plan.stop = NULL;
        plan.resume = true;
        void *resumed = trained_model(n, &plan, NULL);
        assert_true(trained_same(n, whole, resumed, TB_MODEL_SLABS));
        n->kind->free(half), n->kind->free(resumed);
    }
    plan.learning_rate *= 2; /* another run */
    void *none;
    assert_int_equal(n->train(&plan, NULL, &none), TB_ERR_ARGUMENT);
    assert_null(none);
    n->kind->free(whole);
}

static inline bool trained_kill(void *context) {
    if (--*(uint64_t *)context == 0)
        kill(getpid(), SIGKILL);
    return false;
}

/* A process that is killed between looks leaves a checkpoint: the run goes on from it as if nothing had happened, and
 * its model's file has the same bytes. */
static inline void test_killed(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    void *whole = trained_model(n, &plan, NULL), *resumed, *a, *b;
    size_t n_a, n_b;
    int how;
    uint64_t left = n->plan.look_every + n->plan.look_every / 2;
    plan.checkpoint = scratch_path(n->folder.path, "killed");
    plan.stop = trained_kill;
    plan.context = &left;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        tb_ignore(n->train(&plan, NULL, &resumed)); /* never returns */
        _exit(1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    plan.stop = NULL;
    plan.resume = true;
    resumed = trained_model(n, &plan, NULL);
    assert_int_equal(tbi_model_print(n->kind, whole, &a, &n_a), TB_OK);
    assert_int_equal(tbi_model_print(n->kind, resumed, &b, &n_b), TB_OK);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a);
    free(a), free(b);
    n->kind->free(whole), n->kind->free(resumed);
}

/* Weights to start from: they stay without steps, and must be of the same size. */
static inline void test_start(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    TbModelContents contents;
    void *start = trained_model(n, &plan, NULL), *none;
    plan.steps = 1;
    plan.learning_rate = 0;
    plan.average = 0;
    void *tuned = trained_model(n, &plan, start);
    assert_true(trained_same(n, start, tuned, 1));
    n->kind->free(tuned);
    n->kind->contents(start, &contents);
    n->kind->free(start);
    contents.sizes[n->other_size]++;
    assert_int_equal(n->kind->make(contents.sizes, &start), TB_OK);
    assert_int_equal(n->train(&n->plan, start, &none), TB_ERR_ARGUMENT);
    assert_null(none);
    n->kind->free(start);
    plan.batch = 0;
    assert_int_equal(n->train(&plan, NULL, &none), TB_ERR_ARGUMENT);
}

static inline void test_also(void **state) {
    const TrainedNetwork *n = *state;
    void *none, *mixed, *refused;
    n->mix(0);
    none = trained_model(n, &n->plan, NULL);
    n->mix(0.5);
    mixed = trained_model(n, &n->plan, NULL);
    assert_false(trained_same(n, none, mixed, 1));
    n->mix(1.5);
    assert_int_equal(n->train(&n->plan, NULL, &refused), TB_ERR_ARGUMENT);
    assert_null(refused);
    n->mix(0);
    n->kind->free(none), n->kind->free(mixed);
}

static inline void test_file(void **state) {
    const TrainedNetwork *n = *state;
    const char *path = scratch_path(n->folder.path, "model.safetensors");
    char wrong[128];
    void *model = trained_model(n, &n->plan, NULL), *read, *data;
    size_t n_bytes;
    assert_int_equal(tbi_model_write(n->kind, model, path), TB_OK);
    assert_int_equal(tbi_model_read(n->kind, path, &read), TB_OK);
    assert_true(trained_same(n, model, read, TB_MODEL_SLABS));
    n->kind->free(read);
    assert_int_equal(tbi_model_print(n->kind, model, &data, &n_bytes), TB_OK);
    for (size_t cut = 0; cut < n_bytes; cut += n_bytes / 7) {
        assert_int_not_equal(tbi_model_parse(n->kind, data, cut, &read), TB_OK);
        assert_null(read);
    }
    free(data);
    n->kind->free(model);
    static const char wav[] = "RIFF\x24\0\0\0WAVEfmt ";
    const TbStatus status = tbi_model_parse(n->kind, wav, sizeof wav - 1, &read);
    assert_int_equal(status, TB_ERR_FORMAT);
    snprintf(wrong, sizeof wrong, "not %s; it looks like a WAV file", n->kind->what);
    assert_non_null(strstr(tb_error_text(status), wrong));
}

#endif
