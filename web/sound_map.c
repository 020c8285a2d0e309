/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map places instruments by their codes: first generated ones that are chosen to be far apart, since they need no
 * analysis, and then the bundled sounds, each once it is analysed, among the others, which stay where they are. */
#include "web/sound_map.h"
#include "base/no_memory.h"
#include "base/utf8.h"
#include "timbrel/measure.h"
#include "timbrel/presets.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CENTRE_STRETCH 0.7 /* expands the dense centre of the map */
enum { STEPS = 100, N_SEEDS = 44, CANDIDATES = 300, MAX_DOTS = N_SEEDS + 100, NAME_SIZE = 64, NICE = 19 };

typedef struct {
    char name[MAX_DOTS][NAME_SIZE];
    float code[MAX_DOTS][TB_CODE_DIM];
    float plane[MAX_DOTS][2]; /* of the first n_placed: their distances are those of the codes, as far as possible */
    double deviation[2];      /* of the plane's axes */
    size_t n, n_placed;
    char error[200]; /* why dots are missing; "" */
    bool done;
} Dots;

struct SoundMap {
    TbWebOptions options;
    void (*changed)(void *context);
    void *context;
    pthread_t thread;
    atomic_bool cancelled; /* the map in progress is no longer needed */
    pthread_mutex_t lock;  /* protects all members below; only the thread changes dots, and without it those
                            * after n_placed */
    pthread_cond_t wake;
    bool stop, started, requested; /* requested: a map of `model` is to be built */
    char model[TB_SOUND_NAME];
    Dots dots;
};

/* ---- the thread ---- */

/* The first failure counts. A model without a note network has no codes and so no map: that is none. */
static void tell(SoundMap *m, TbStatus status) {
    if (status == TB_OK || status == TB_ERR_CANCELLED || status == TB_ERR_UNSUPPORTED || atomic_load(&m->cancelled))
        return;
    pthread_mutex_lock(&m->lock);
    if (!*m->dots.error)
        snprintf(m->dots.error, sizeof m->dots.error, "%s", tb_error_text(status));
    pthread_mutex_unlock(&m->lock);
}

/* Appends a dot, which is not placed yet. False: there is none. */
static bool add_sound(SoundMap *m, const TbModel *model, const char *name) {
    TbInstrument *instrument = NULL;
    Dots *d = &m->dots;
    if (atomic_load(&m->cancelled) || d->n == MAX_DOTS)
        return false;
    TbStatus status = m->options.load(m->options.context, model, name, &instrument);
    tell(m, status);
    if (status)
        return false;
    snprintf(d->name[d->n], NAME_SIZE, "%s", name);
    memcpy(d->code[d->n], tb_instrument_code(instrument), sizeof d->code[d->n]);
    d->n++;
    tb_instrument_free(instrument);
    return true;
}

static void show(SoundMap *m) {
    pthread_mutex_lock(&m->lock);
    m->dots.n_placed = m->dots.n;
    pthread_mutex_unlock(&m->lock);
    m->changed(m->context);
}

/* Places all dots so that similar sounds are close together. */
static TbStatus place_all(SoundMap *m) {
    Dots *d = &m->dots;
    TbStatus status = tb_map_layout(d->code[0], d->n, TB_CODE_DIM, NULL, NULL, d->plane[0], NULL);
    if (status)
        return status;
    for (int axis = 0; axis < 2; axis++) {
        double squares = 1e-18;
        for (size_t i = 0; i < d->n; i++)
            squares += (double)d->plane[i][axis] * (double)d->plane[i][axis];
        d->deviation[axis] = sqrt(squares / (double)d->n);
    }
    show(m);
    return TB_OK;
}

/* Places the last dot among the others by the same majorisation as tb_map_layout, of one point: each step moves it to
 * the mean of the points that have the right distance from one of the others, in the direction where it is. */
static void place_last(SoundMap *m) {
    Dots *d = &m->dots;
    size_t last = d->n - 1, nearest = 0;
    double distance[MAX_DOTS], at[2];
    for (size_t i = 0; i < last; i++) {
        double sum = 0;
        for (int k = 0; k < TB_CODE_DIM; k++)
            sum += ((double)d->code[i][k] - d->code[last][k]) * ((double)d->code[i][k] - d->code[last][k]);
        distance[i] = sqrt(sum);
        nearest = distance[i] < distance[nearest] ? i : nearest;
    }
    for (int axis = 0; axis < 2; axis++) /* not at the nearest dot itself, from where there is no direction */
        at[axis] = 0.99 * (double)d->plane[nearest][axis] + 1e-6;
    for (int step = 0; step < STEPS; step++) {
        double mean[2] = {0, 0};
        for (size_t i = 0; i < last; i++) {
            double x = at[0] - (double)d->plane[i][0], y = at[1] - (double)d->plane[i][1], length = hypot(x, y);
            double share = length > 1e-12 ? distance[i] / length : 0;
            mean[0] += ((double)d->plane[i][0] + share * x) / (double)last;
            mean[1] += ((double)d->plane[i][1] + share * y) / (double)last;
        }
        at[0] = mean[0];
        at[1] = mean[1];
    }
    d->plane[last][0] = (float)at[0];
    d->plane[last][1] = (float)at[1];
    show(m);
}

static TbStatus build(SoundMap *m, const TbModel *model) {
    uint64_t seed[N_SEEDS];
    TbStatus status = tb_instruments_spread(1, CANDIDATES, N_SEEDS, seed);
    for (int i = 0; i < N_SEEDS && status == TB_OK; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "seed:%llu", (unsigned long long)seed[i]);
        add_sound(m, model, name);
    }
    if (status || m->dots.n == 0 || atomic_load(&m->cancelled))
        return status;
    status = place_all(m);
    for (size_t i = 0; i < tb_bundled_count() && status == TB_OK; i++)
        if (add_sound(m, model, tb_bundled_name(i)))
            place_last(m);
    return status;
}

static void build_for_model(SoundMap *m, const char *name) {
    TbModel *model;
    TbStatus status = m->options.load_model(m->options.context, name, &model);
    if (status == TB_OK) {
        status = build(m, model);
        tell(m, status);
        tb_model_free(model);
    } else {
        tell(m, status);
    }
}

static void *run(void *context) {
    SoundMap *m = context;
    char name[TB_SOUND_NAME];
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    pthread_mutex_lock(&m->lock);
    while (!m->stop) {
        if (!m->requested) {
            pthread_cond_wait(&m->wake, &m->lock);
            continue;
        }
        memcpy(name, m->model, sizeof name);
        m->requested = false;
        atomic_store(&m->cancelled, false);
        m->dots = (Dots){.n = 0};
        pthread_mutex_unlock(&m->lock);
        m->changed(m->context);
        build_for_model(m, name);
        pthread_mutex_lock(&m->lock);
        m->dots.done = !m->requested;
        m->changed(m->context);
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

TbStatus tbi_sound_map_new(const TbWebOptions *options, void (*changed)(void *context), void *context, SoundMap **map) {
    SoundMap *m = *map = calloc(1, sizeof *m);
    if (!m)
        return tbi_no_memory("for a map of sounds");
    m->options = *options;
    m->changed = changed;
    m->context = context;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->wake, NULL);
    if (pthread_create(&m->thread, NULL, run, m) == 0)
        return TB_OK;
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    free(m);
    *map = NULL;
    return tbi_no_memory("for a thread to build the map of sounds with");
}

void tbi_sound_map_model(SoundMap *m, const char *name) {
    pthread_mutex_lock(&m->lock);
    if (!m->started || strcmp(m->model, name) != 0) {
        snprintf(m->model, sizeof m->model, "%s", name);
        m->started = m->requested = true;
        m->dots.done = false;
        atomic_store(&m->cancelled, true);
        pthread_cond_signal(&m->wake);
    }
    pthread_mutex_unlock(&m->lock);
}

void tbi_sound_map_free(SoundMap *m) {
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    atomic_store(&m->cancelled, true);
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* 0 .. 1, with the dense centre expanded. */
static double shown(const Dots *d, size_t i, int axis) {
    return 0.5 + 0.5 * tanh(CENTRE_STRETCH * (double)d->plane[i][axis] / d->deviation[axis]);
}

char *tbi_sound_map_text(SoundMap *m) {
    json_t *dots = json_array();
    const Dots *d = &m->dots;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < d->n_placed; i++)
        json_array_append_new(dots, json_pack("[sff]", d->name[i], shown(d, i, 0), shown(d, i, 1)));
    json_t *all = json_pack("{s{sbssso}}", "map", "done", (int)d->done, "error",
                            utf8_valid(d->error) ? d->error : "Some sounds are missing on the map.", "dots", dots);
    pthread_mutex_unlock(&m->lock);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(3));
    json_decref(all);
    return text;
}
