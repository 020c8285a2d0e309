// SPDX-License-Identifier: GPL-3.0-or-later
/* The thread that makes instruments while others play. It takes the newest wish; one that is overtaken is left. */
#include "stage/inside.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { NICE = 10, RETRY_MS = 5, TIDY_SECONDS = 1 };

double stage_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- what may go ---- */

typedef struct {
    TbStage *stage;
    const TbPreset *job; /* what is being loaded */
} Needs;

static bool names(const TbPreset *preset, const char *name) {
    for (int i = 0; i < preset->n_sounds; i++) {
        if (strcmp(preset->sound[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* What stands on either side is kept, so that comparing never waits. */
static bool needed(void *context, const char *name, const TbInstrument *instrument) {
    const Needs *n = context;
    TbStage *s = n->stage;
    pthread_mutex_lock(&s->lock);
    bool wanted = names(n->job, name) || (s->wish.pending && names(&s->wish.preset, name));
    for (int side = 0; side < 2; side++) {
        wanted = wanted || (s->side[side].n > 0 && names(&history_now(&s->side[side])->preset, name));
    }
    pthread_mutex_unlock(&s->lock);
    return wanted || tb_live_uses(s->options.live, instrument);
}

/* ---- loading ---- */

static TbStatus find(TbStage *s, const TbPreset *job, int i, const TbInstrument **instrument) {
    TbInstrument *made;
    *instrument = shelf_find(&s->shelf, job->sound[i]);
    if (*instrument) {
        return TB_OK;
    }
    TbStatus status = s->options.load(s->options.context, job->sound[i], &made);
    if (status == TB_OK) {
        status = shelf_put(&s->shelf, job->sound[i], made);
    }
    if (status == TB_OK) {
        *instrument = made;
        shelf_tidy(&s->shelf, needed, &(Needs){s, job});
    }
    return status;
}

/* The lock is held, here and below. */
static bool overtaken(const TbStage *s, const Wish *job) {
    return s->stop || !s->wish.pending || s->wish.serial != job->serial;
}

static void nap(TbStage *s) {
    pthread_mutex_unlock(&s->lock);
    nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
    pthread_mutex_lock(&s->lock);
}

static void work(TbStage *s) {
    const TbInstrument *corner[TB_PARTS] = {NULL};
    Wish job = s->wish;
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && i < job.preset.n_sounds && !overtaken(s, &job); i++) {
        pthread_mutex_unlock(&s->lock);
        status = find(s, &job.preset, i, &corner[i]);
        pthread_mutex_lock(&s->lock);
    }
    if (overtaken(s, &job)) {
        return;
    }
    if (status) {
        s->wish.pending = false;
        stage_trouble(s, status);
        return;
    }
    while (!overtaken(s, &job) && !stage_fulfil(s, corner)) {
        nap(s);
    }
}

static void *loader(void *context) {
    TbStage *s = context;
    const TbPreset none = {.n_sounds = 0};
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* on Linux: of this thread; those who play come first */
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        if (s->wish.pending) {
            work(s);
            pthread_cond_broadcast(&s->done);
        } else if (s->shelf.n > SHELF) { /* some were still heard */
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec += TIDY_SECONDS;
            pthread_cond_timedwait(&s->wake, &s->lock, &until);
            pthread_mutex_unlock(&s->lock);
            shelf_tidy(&s->shelf, needed, &(Needs){s, &none});
            pthread_mutex_lock(&s->lock);
        } else {
            pthread_cond_wait(&s->wake, &s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

TbStatus loader_start(TbStage *s) {
    sigset_t all, before;
    sigfillset(&all); /* signals are for the thread that people talk to */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&s->thread, NULL, loader, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? tb_fail(TB_ERR_NO_MEMORY, "There is no thread left to load sounds with.") : TB_OK;
}

void loader_stop(TbStage *s) {
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    shelf_free(&s->shelf);
}
