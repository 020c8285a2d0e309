/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/thread_pool.h"
#include "base/no_memory.h"
#include "timbrel/nn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct {
    TbThreadPool *pool;
    pthread_t thread;
    int index;
} Worker;

struct TbThreadPool {
    int n, n_started;
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    unsigned round; /* counts calls of run; a worker that has finished round r waits for r + 1 */
    int n_busy;
    bool quit;
    void (*work)(void *, int);
    void *context;
    Worker worker[]; /* worker[0] is the caller */
};

static atomic_int wanted_threads = 1;

void tb_set_threads(int n) {
    atomic_store(&wanted_threads, n < 1 ? 1 : n > 256 ? 256 : n);
}

int tbi_threads(void) {
    return atomic_load(&wanted_threads);
}

static void *serve(void *argument) {
    Worker *self = argument;
    TbThreadPool *pool = self->pool;
    unsigned done = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == done && !pool->quit)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->quit)
            break;
        done = pool->round;
        pthread_mutex_unlock(&pool->lock);
        pool->work(pool->context, self->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_busy == 0)
            pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

TbStatus tbi_thread_pool_new(int n, TbThreadPool **result) {
    *result = NULL;
    TbThreadPool *pool = calloc(1, sizeof *pool + (size_t)n * sizeof(Worker));
    if (!pool)
        return tbi_no_memory("for %d threads", n);
    pool->n = n;
    pool->n_started = 1;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    for (; pool->n_started < n; pool->n_started++) {
        Worker *worker = &pool->worker[pool->n_started];
        *worker = (Worker){.pool = pool, .index = pool->n_started};
        if (pthread_create(&worker->thread, NULL, serve, worker)) {
            tbi_thread_pool_free(pool);
            return tb_fail(TB_ERR_NO_MEMORY,
                           "There is not enough memory for %d threads, or the system allows fewer; use fewer.", n);
        }
    }
    *result = pool;
    return TB_OK;
}

void tbi_thread_pool_free(TbThreadPool *pool) {
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i < pool->n_started; i++)
        pthread_join(pool->worker[i].thread, NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

int tbi_thread_pool_count(const TbThreadPool *pool) {
    return pool->n;
}

void tbi_thread_pool_run(TbThreadPool *pool, void (*work)(void *context, int index), void *context) {
    if (pool->n > 1) {
        pthread_mutex_lock(&pool->lock);
        pool->work = work;
        pool->context = context;
        pool->n_busy = pool->n - 1;
        pool->round++;
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->lock);
    }
    work(context, 0);
    if (pool->n > 1) {
        pthread_mutex_lock(&pool->lock);
        while (pool->n_busy)
            pthread_cond_wait(&pool->end, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
}
