/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/training.h"
#include "base/no_memory.h"
#include "nn/mlp.h"
#include "nn/tape.h"
#include "nn/training_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

TbStatus tbi_training_new(const TbParameters *parameters, float *params, double average, TbTraining **result) {
    *result = NULL;
    TbTraining *t = calloc(1, sizeof *t);
    if (!t)
        return tbi_no_memory("for training");
    *t = (TbTraining){.parameters = parameters, .params = params, .decay = average, .lowest = INFINITY};
    TbStatus status = tbi_thread_pool_new(tbi_threads(), &t->pool);
    if (status != TB_OK) {
        tbi_training_free(t);
        return status;
    }
    size_t n = parameters->n_params, n_workers = (size_t)tbi_thread_pool_count(t->pool);
    t->gradients = tbi_arena_floats(&t->memory, n);
    t->moment1 = tbi_arena_floats(&t->memory, n);
    t->moment2 = tbi_arena_floats(&t->memory, n);
    t->worker_gradients = tbi_arena_floats(&t->memory, (n_workers - 1) * n);
    t->sums = tbi_arena_alloc(&t->memory, n_workers, sizeof *t->sums);
    t->average = average > 0 ? tbi_arena_floats(&t->memory, n) : NULL;
    if (t->memory.failed) {
        tbi_training_free(t);
        return tbi_no_memory("to train %zu weights", n);
    }
    if (t->average)
        memcpy(t->average, params, n * sizeof *params);
    *result = t;
    return TB_OK;
}

void tbi_training_free(TbTraining *t) {
    if (t)
        tbi_thread_pool_free(t->pool);
    tbi_arena_free_owner(t);
}

TbThreadPool *tbi_training_pool(const TbTraining *t) {
    return t->pool;
}
float *tbi_training_gradients(TbTraining *t) {
    return t->gradients;
}
uint64_t tbi_training_n_steps(const TbTraining *t) {
    return t->n_steps;
}

void tbi_training_zero_gradients(TbTraining *t) {
    memset(t->gradients, 0, t->parameters->n_params * sizeof *t->gradients);
}

float *tbi_training_worker_gradients(TbTraining *t, int index) {
    size_t n = t->parameters->n_params;
    if (index == 0)
        return t->gradients;
    float *slab = t->worker_gradients + (size_t)(index - 1) * n;
    memset(slab, 0, n * sizeof *slab);
    return slab;
}

/* The part of the slab that worker `index` processes. */
static TbShare share(const TbTraining *t, int index) {
    return tb_share(t->parameters->n_params, (size_t)tbi_thread_pool_count(t->pool), (size_t)index);
}

static void reduce_share(void *context, int index) {
    TbTraining *t = context;
    TbShare part = share(t, index);
    for (int i = 1; i < tbi_thread_pool_count(t->pool); i++)
        tbi_add(t->gradients + part.first, t->worker_gradients + (size_t)(i - 1) * t->parameters->n_params + part.first,
                part.n);
}

void tbi_training_reduce(TbTraining *t) {
    if (tbi_thread_pool_count(t->pool) > 1)
        tbi_thread_pool_run(t->pool, reduce_share, t);
}

static void norm_share(void *context, int index) {
    TbTraining *t = context;
    TbShare part = share(t, index);
    t->sums[index] = tbi_sum_of_squares(t->gradients + part.first, part.n);
}

static void step_share(void *context, int index) {
    TbTraining *t = context;
    TbShare part = share(t, index);
    for (size_t i = 0; i < t->parameters->n_tensors; i++) {
        const TbTensor *tensor = &t->parameters->tensors[i];
        size_t first = tensor->offset, end = first + tensor->rows * tensor->cols;
        first = first > part.first ? first : part.first;
        end = end < part.first + part.n ? end : part.first + part.n;
        if (first < end)
            tbi_adam_apply(&t->adam, tensor->decay, end - first, t->gradients + first, t->moment1 + first,
                           t->moment2 + first, t->params + first);
    }
    if (t->average)
        tbi_average(t->average + part.first, t->params + part.first, part.n, t->forget);
}

double tbi_training_step(TbTraining *t, const TbAdamConfig *config) {
    tbi_thread_pool_run(t->pool, norm_share, t);
    double sum = 0;
    for (int i = 0; i < tbi_thread_pool_count(t->pool); i++)
        sum += t->sums[i];
    double norm = sqrt(sum);
    if (!isfinite(norm))
        return norm;
    t->n_steps++;
    t->adam = tbi_adam_prepare(config, t->n_steps, norm);
    double steps = (double)t->n_steps;
    t->forget = (float)(1 - fmin(t->decay, (1 + steps) / (10 + steps)));
    tbi_thread_pool_run(t->pool, step_share, t);
    return norm;
}

void tbi_training_swap_average(TbTraining *t) {
    for (size_t i = 0; t->average && i < t->parameters->n_params; i++) {
        float kept = t->params[i];
        t->params[i] = t->average[i];
        t->average[i] = kept;
    }
}

TbStatus tbi_training_keep_best(TbTraining *t) {
    const size_t n = t->parameters->n_params;
    if (!t->best)
        t->best = tbi_arena_floats(&t->memory, n);
    return t->best ? TB_OK : tbi_no_memory("to keep the best of %zu weights", n);
}

size_t tbi_training_evaluated(TbTraining *t, double error) {
    if (error < t->lowest) {
        t->lowest = error;
        t->n_worse = 0;
        if (t->best)
            memcpy(t->best, t->params, t->parameters->n_params * sizeof *t->best);
    } else {
        t->n_worse++;
    }
    return (size_t)t->n_worse;
}

double tbi_training_lowest_error(const TbTraining *t) {
    return t->lowest;
}
const float *tbi_training_best(const TbTraining *t) {
    return t->best;
}
