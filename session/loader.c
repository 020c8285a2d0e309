/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader thread: loads models and instruments while others play. It serves the newest request and abandons a
 * superseded one. */
#include "session/loader.h"
#include "base/clock.h"
#include "base/no_memory.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10, TIDY_SECONDS = 1 };

static TbStatus find_model(TbSession *s, const TbPreset *job, LoadedModel **model) {
    TbModel *made;
    *model = tbi_model_cache_find(&s->models, job->model);
    if (*model)
        return TB_OK;
    if (!s->options.load_model) {
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "The preset \"%s\" needs another model; start Timbrel again with that model.", job->name);
    }
    tbi_eviction_make_room(s, job);
    TbStatus status = s->options.load_model(s->options.context, job->model, &made);
    if (status == TB_OK) {
        pthread_mutex_lock(&s->lock);
        *model = tbi_model_cache_put(&s->models, job->model, made);
        pthread_mutex_unlock(&s->lock);
    }
    return status;
}

static TbStatus find(TbSession *s, const TbPreset *job, LoadedModel *model, int i, const TbInstrument **instrument) {
    TbInstrument *made;
    *instrument = tbi_instrument_cache_find(&model->instruments, job->sound[i]);
    if (*instrument)
        return TB_OK;
    TbStatus status = s->options.load(s->options.context, model->model, job->sound[i], &made);
    if (status == TB_OK)
        status = tbi_instrument_cache_put(&model->instruments, job->sound[i], made);
    if (status == TB_OK) {
        *instrument = made;
        tbi_eviction_trim(s, model, job);
    }
    return status;
}

/* Called with the lock held. */
static bool overtaken(const TbSession *s, const LoadRequest *job) {
    return s->stop || !s->request.pending || s->request.serial != job->serial;
}

static bool still_wanted(TbSession *s, const LoadRequest *job) {
    pthread_mutex_lock(&s->lock);
    bool wanted = !overtaken(s, job);
    pthread_mutex_unlock(&s->lock);
    return wanted;
}

/* *engine: set, and *format to what it is for, if the model is not the one playing; NULL: the engine stays. */
static TbStatus prepare(TbSession *s, const LoadRequest *job, LoadedModel **model, const TbInstrument **corner,
                        DeviceFormat *format, TbEngine **engine) {
    TbStatus status = find_model(s, &job->preset, model);
    for (int i = 0; status == TB_OK && i < job->preset.n_sounds; i++) {
        if (!still_wanted(s, job))
            return TB_OK;
        status = find(s, &job->preset, *model, i, &corner[i]);
    }
    if (status == TB_OK && *model != s->models.playing)
        status = tbi_device_engine_new(s, *model, corner, job->preset.n_sounds, format, engine);
    return status;
}

static void work(TbSession *s, const LoadRequest *job) {
    const TbInstrument *corner[TB_PARTS] = {NULL};
    LoadedModel *model = NULL;
    TbEngine *engine = NULL;
    DeviceFormat format = {0};
    TbStatus status = prepare(s, job, &model, corner, &format, &engine);
    for (bool waits = true; waits;) {
        TbStatus done = TB_OK;
        tbi_eviction_collect(s);
        pthread_mutex_lock(&s->lock);
        waits = !overtaken(s, job);
        if (waits && status) {
            s->request.pending = waits = false;
            tbi_session_set_error(s, status);
        } else if (waits) {
            done = tbi_session_commit(s, engine, corner);
            waits = done != TB_OK;
            if (!waits && engine) {
                tbi_device_engine_hand_over(s, model, engine);
                engine = NULL;
            }
        }
        pthread_mutex_unlock(&s->lock);
        if (done == TB_ERR_UNSUPPORTED && tbi_device_engine_again(s, &format)) {
            tb_engine_free(engine);
            engine = NULL;
            status = tbi_device_engine_new(s, model, corner, job->preset.n_sounds, &format, &engine);
        } else if (waits) {
            loader_nap();
        }
    }
    tb_engine_free(engine);
}

/* ---- the thread ---- */

static void *loader(void *context) {
    TbSession *s = context;
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(),
                       NICE); /* on Linux this lowers the priority of the calling thread only */
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        if (s->reengine) {
            s->reengine = false;
            pthread_mutex_unlock(&s->lock);
            tbi_device_engine_replace(s);
            pthread_mutex_lock(&s->lock);
        } else if (s->request.pending) {
            const LoadRequest job = s->request;
            pthread_mutex_unlock(&s->lock);
            work(s, &job);
            pthread_mutex_lock(&s->lock);
            pthread_cond_broadcast(&s->done);
        } else if (tbi_eviction_due(s)) { /* some are still in use */
            const struct timespec until = tbi_in_seconds(TIDY_SECONDS);
            if (pthread_cond_timedwait(&s->wake, &s->lock, &until) == ETIMEDOUT) {
                pthread_mutex_unlock(&s->lock);
                tbi_eviction_tidy(s);
                pthread_mutex_lock(&s->lock);
            }
        } else {
            pthread_cond_wait(&s->wake, &s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

TbStatus tbi_loader_start(TbSession *s) {
    sigset_t all, before;
    sigfillset(&all); /* signals belong to the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&s->thread, NULL, loader, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? tbi_no_memory("for a thread to load sounds with") : TB_OK;
}

void tbi_loader_stop(TbSession *s) {
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
}
