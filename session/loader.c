/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader thread: loads models and instruments while others play. It serves the newest request and abandons a
 * superseded one. */
#include "base/clock.h"
#include "base/no_memory.h"
#include "session/internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { NICE = 10, RETRY_MS = 5, TIDY_SECONDS = 1 };

/* ---- eviction ---- */

typedef struct {
    TbSession *session;
    const TbPreset *job; /* being loaded; NULL: nothing */
    const char *model;   /* model of the sounds in question */
} Needs;

/* Whether the preset uses a sound of this model or, for NULL, the model. */
static bool names(const TbPreset *preset, const char *model, const char *sound) {
    bool named = !sound;
    for (int i = 0; i < preset->n_sounds && sound; i++)
        named = named || strcmp(preset->sound[i], sound) == 0;
    return named && strcmp(preset->model, model) == 0;
}

/* Sounds and models of both sides stay loaded, so that A/B comparison is instant. Called with the lock held. */
static bool named(const Needs *n, const char *model, const char *sound) {
    TbSession *s = n->session;
    bool is =
        (n->job && names(n->job, model, sound)) || (s->request.pending && names(&s->request.preset, model, sound));
    for (int side = 0; side < 2; side++)
        is = is || (s->side[side].n > 0 && names(&edit_history_now(&s->side[side])->preset, model, sound));
    return is;
}

static bool sound_needed(void *context, const char *name, const TbInstrument *instrument) {
    const Needs *n = context;
    pthread_mutex_lock(&n->session->lock);
    bool is = named(n, n->model, name);
    pthread_mutex_unlock(&n->session->lock);
    return is || tb_live_uses(n->session->options.live, instrument);
}

static bool model_needed(void *context, const char *name) {
    return named(context, name, NULL);
}

/* The functions from here on are called without the lock. */
static void make_room(TbSession *s, const TbPreset *job) {
    pthread_mutex_lock(&s->lock);
    LoadedModel out = tbi_model_cache_take_out(&s->models, model_needed, &(Needs){s, job, NULL});
    pthread_mutex_unlock(&s->lock);
    tbi_loaded_model_free(&out);
}

static void collect(TbSession *s) {
    TbEngine *ended = tb_live_retired(s->options.live);
    if (ended) {
        pthread_mutex_lock(&s->lock);
        tbi_model_cache_ended(&s->models);
        pthread_mutex_unlock(&s->lock);
    }
    tb_engine_free(ended);
}

/* Sounds in use and a model whose notes still sound are kept until later. */
static void tidy(TbSession *s) {
    collect(s);
    for (int i = 0; i <= MODELS; i++) {
        LoadedModel *m = &s->models.place[i];
        tbi_instrument_cache_trim(&m->instruments, sound_needed, &(Needs){s, NULL, m->name});
    }
    if (!s->models.ending)
        make_room(s, NULL);
}

static bool untidy(const TbSession *s) {
    bool more = s->models.ending || tbi_model_cache_count(&s->models) > MODELS;
    for (int i = 0; i <= MODELS; i++)
        more = more || s->models.place[i].instruments.n > INSTRUMENT_CACHE_SIZE;
    return more;
}

/* ---- loading ---- */

static TbStatus find_model(TbSession *s, const TbPreset *job, LoadedModel **model) {
    TbModel *made;
    *model = tbi_model_cache_find(&s->models, job->model);
    if (*model)
        return TB_OK;
    if (!s->options.load_model) {
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "The preset \"%s\" needs another model; start Timbrel again with that model.", job->name);
    }
    make_room(s, job);
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
        tbi_instrument_cache_trim(&model->instruments, sound_needed, &(Needs){s, job, model->name});
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

/* For the device as it is now. */
static TbStatus make_engine(TbSession *s, const LoadedModel *model, const TbInstrument *const *corner, int n,
                            TbEngine **engine) {
    TbLiveState live;
    TbEngineOptions o = s->engine;
    tb_live_state(s->options.live, &live);
    o.sample_rate = live.needed_rate;
    o.stereo = live.needed_channels == 2;
    TbStatus status = tb_engine_new(model->model, &o, engine);
    if (status == TB_OK)
        tb_engine_set_corners(*engine, corner, n);
    return status;
}

/* The live player has taken an engine. Called with the lock held. */
static void hand_over(TbSession *s, LoadedModel *model, TbEngine *engine) {
    s->engine.sample_rate = tb_engine_sample_rate(engine);
    s->engine.stereo = tb_engine_channels(engine) == 2;
    s->reengine = false;
    tbi_model_cache_hand_over(&s->models, model, engine);
}

/* *engine: set if the model is not the one playing; NULL: the engine stays. */
static TbStatus prepare(TbSession *s, const LoadRequest *job, LoadedModel **model, const TbInstrument **corner,
                        TbEngine **engine) {
    TbStatus status = find_model(s, &job->preset, model);
    for (int i = 0; status == TB_OK && i < job->preset.n_sounds; i++) {
        if (!still_wanted(s, job))
            return TB_OK;
        status = find(s, &job->preset, *model, i, &corner[i]);
    }
    if (status == TB_OK && *model != s->models.playing)
        status = make_engine(s, *model, corner, job->preset.n_sounds, engine);
    return status;
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
}

static void work(TbSession *s, const LoadRequest *job) {
    const TbInstrument *corner[TB_PARTS] = {NULL};
    LoadedModel *model = NULL;
    TbEngine *engine = NULL;
    TbStatus status = prepare(s, job, &model, corner, &engine);
    for (bool waits = true; waits;) {
        TbStatus done = TB_OK;
        collect(s);
        pthread_mutex_lock(&s->lock);
        waits = !overtaken(s, job);
        if (waits && status) {
            s->request.pending = waits = false;
            tbi_session_set_error(s, status);
        } else if (waits) {
            done = tbi_session_commit(s, engine, corner);
            waits = done != TB_OK;
            if (!waits && engine) {
                hand_over(s, model, engine);
                engine = NULL;
            }
        }
        pthread_mutex_unlock(&s->lock);
        if (done == TB_ERR_UNSUPPORTED) {
            tb_engine_free(engine);
            engine = NULL;
            status = make_engine(s, model, corner, job->preset.n_sounds, &engine);
        } else if (waits) {
            nap();
        }
    }
    tb_engine_free(engine);
}

/* ---- another sample rate ---- */

void tbi_loader_follow_device(TbSession *s) {
    TbLiveState live;
    tb_live_state(s->options.live, &live);
    pthread_mutex_lock(&s->lock);
    const TbEngineOptions *is = &s->engine;
    s->reengine = live.needed_rate != is->sample_rate || (live.needed_channels == 2) != is->stereo;
    if (s->reengine)
        pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* Another engine of the model that plays, with the same sounds. When the device has changed once more meanwhile, it is
 * asked for again. */
static void replace_engine(TbSession *s) {
    const TbInstrument *corner[TB_PARTS] = {NULL};
    TbEngine *engine = NULL;
    pthread_mutex_lock(&s->lock);
    const TbPreset loaded = s->loaded;
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < loaded.n_sounds; i++) /* they are on the corners: never trimmed */
        corner[i] = tbi_instrument_cache_find(&s->models.playing->instruments, loaded.sound[i]);
    TbStatus status = make_engine(s, s->models.playing, corner, loaded.n_sounds, &engine);
    for (bool waits = true; waits;) {
        collect(s);
        pthread_mutex_lock(&s->lock);
        if (status)
            tbi_session_set_error(s, status);
        else
            status = tb_live_set_engine(s->options.live, engine);
        waits = status == TB_ERR_BUSY && !s->stop;
        if (status == TB_OK) {
            hand_over(s, s->models.playing, engine);
            engine = NULL;
        }
        pthread_mutex_unlock(&s->lock);
        if (waits) {
            status = TB_OK;
            nap();
        }
    }
    tb_engine_free(engine);
}

static void *loader(void *context) {
    TbSession *s = context;
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(),
                       NICE); /* on Linux this lowers the priority of the calling thread only */
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        if (s->reengine) {
            s->reengine = false;
            pthread_mutex_unlock(&s->lock);
            replace_engine(s);
            pthread_mutex_lock(&s->lock);
        } else if (s->request.pending) {
            const LoadRequest job = s->request;
            pthread_mutex_unlock(&s->lock);
            work(s, &job);
            pthread_mutex_lock(&s->lock);
            pthread_cond_broadcast(&s->done);
        } else if (untidy(s)) { /* some are still in use */
            const struct timespec until = tbi_in_seconds(TIDY_SECONDS);
            if (pthread_cond_timedwait(&s->wake, &s->lock, &until) == ETIMEDOUT) {
                pthread_mutex_unlock(&s->lock);
                tidy(s);
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
