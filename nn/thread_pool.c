/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/thread_pool.h"
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
    unsigned round; /* counts the calls of run; a worker that has done round r waits for r + 1 */
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
    TbThreadPool *w = self->pool;
    unsigned done = 0;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->round == done && !w->quit)
            pthread_cond_wait(&w->begin, &w->lock);
        if (w->quit)
            break;
        done = w->round;
        pthread_mutex_unlock(&w->lock);
        w->work(w->context, self->index);
        pthread_mutex_lock(&w->lock);
        if (--w->n_busy == 0)
            pthread_cond_signal(&w->end);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

TbStatus tbi_thread_pool_new(int n, TbThreadPool **result) {
    *result = NULL;
    TbThreadPool *w = calloc(1, sizeof *w + (size_t)n * sizeof(Worker));
    if (!w)
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for %d threads.", n);
    w->n = n;
    w->n_started = 1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->begin, NULL);
    pthread_cond_init(&w->end, NULL);
    for (; w->n_started < n; w->n_started++) {
        Worker *worker = &w->worker[w->n_started];
        *worker = (Worker){.pool = w, .index = w->n_started};
        if (pthread_create(&worker->thread, NULL, serve, worker)) {
            tbi_thread_pool_free(w);
            return tb_fail(TB_ERR_NO_MEMORY, "The system refused to start %d threads; use fewer.", n);
        }
    }
    *result = w;
    return TB_OK;
}

void tbi_thread_pool_free(TbThreadPool *w) {
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_broadcast(&w->begin);
    pthread_mutex_unlock(&w->lock);
    for (int i = 1; i < w->n_started; i++)
        pthread_join(w->worker[i].thread, NULL);
    pthread_cond_destroy(&w->begin);
    pthread_cond_destroy(&w->end);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

int tbi_thread_pool_count(const TbThreadPool *w) {
    return w->n;
}

void tbi_thread_pool_run(TbThreadPool *w, void (*work)(void *context, int index), void *context) {
    if (w->n > 1) {
        pthread_mutex_lock(&w->lock);
        w->work = work;
        w->context = context;
        w->n_busy = w->n - 1;
        w->round++;
        pthread_cond_broadcast(&w->begin);
        pthread_mutex_unlock(&w->lock);
    }
    work(context, 0);
    if (w->n > 1) {
        pthread_mutex_lock(&w->lock);
        while (w->n_busy)
            pthread_cond_wait(&w->end, &w->lock);
        pthread_mutex_unlock(&w->lock);
    }
}
