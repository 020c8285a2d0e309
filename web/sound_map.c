/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map places instruments by their codes: first generated ones that are chosen to be far apart, since they need no
 * analysis, and once the bundled sounds are analysed, all of them. */
#include "web/sound_map.h"
#include "base/no_memory.h"
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
enum { N_SEEDS = 44, CANDIDATES = 300, MAX_DOTS = N_SEEDS + 100, NAME_SIZE = 64, NICE = 19 };

typedef struct {
    char name[MAX_DOTS][NAME_SIZE];
    float code[MAX_DOTS][TB_CODE_DIM];
    float at[MAX_DOTS][2]; /* of the first n_placed: 0..1 */
    size_t n, n_placed;
    bool done;
} Dots;

struct SoundMap {
    TbWebOptions options;
    void (*changed)(void *context);
    void *context;
    pthread_t thread;
    atomic_bool cancelled; /* the map in progress is no longer needed */
    pthread_mutex_t lock;  /* protects all members below; only the thread changes dots */
    pthread_cond_t wake;
    bool stop, started, requested; /* requested: a map of `model` is to be built */
    char model[TB_SOUND_NAME];
    Dots dots;
};

/* ---- the thread ---- */

static void add_sound(SoundMap *m, const TbModel *model, const char *name) {
    TbInstrument *instrument = NULL;
    Dots *d = &m->dots;
    if (atomic_load(&m->cancelled) || d->n == MAX_DOTS ||
        m->options.load(m->options.context, model, name, &instrument) != TB_OK)
        return; /* a model without a note network has no codes and so no map */
    pthread_mutex_lock(&m->lock);
    snprintf(d->name[d->n], NAME_SIZE, "%s", name);
    memcpy(d->code[d->n], tb_instrument_code(instrument), sizeof d->code[d->n]);
    d->n++;
    pthread_mutex_unlock(&m->lock);
    tb_instrument_free(instrument);
}

/* Places all dots so that similar sounds are close together, and fits the map into 0..1 on both axes. */
static void place_all(SoundMap *m) {
    Dots *d = &m->dots;
    float at[MAX_DOTS][2];
    if (atomic_load(&m->cancelled) || tb_map_layout(d->code[0], d->n, TB_CODE_DIM, NULL, NULL, at[0], NULL) != TB_OK)
        return;
    double squares[2] = {1e-18, 1e-18};
    for (size_t i = 0; i < d->n; i++)
        for (int axis = 0; axis < 2; axis++)
            squares[axis] += (double)at[i][axis] * (double)at[i][axis];
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < d->n; i++)
        for (int axis = 0; axis < 2; axis++) {
            double deviations = (double)at[i][axis] / sqrt(squares[axis] / (double)d->n);
            d->at[i][axis] = (float)(0.5 + 0.5 * tanh(CENTRE_STRETCH * deviations));
        }
    d->n_placed = d->n;
    pthread_mutex_unlock(&m->lock);
    m->changed(m->context);
}

static void build(SoundMap *m, const TbModel *model) {
    uint64_t seed[N_SEEDS];
    if (tb_instruments_spread(1, CANDIDATES, N_SEEDS, seed) != TB_OK)
        return;
    for (int i = 0; i < N_SEEDS; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "seed:%llu", (unsigned long long)seed[i]);
        add_sound(m, model, name);
    }
    place_all(m);
    for (size_t i = 0; i < tb_bundled_count() && m->dots.n > 0; i++)
        add_sound(m, model, tb_bundled_name(i));
    place_all(m);
}

static void build_for_model(SoundMap *m, const char *name) {
    TbModel *model;
    if (m->options.load_model(m->options.context, name, &model) == TB_OK) {
        build(m, model);
        tb_model_free(model);
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

char *tbi_sound_map_text(SoundMap *m) {
    json_t *dots = json_array();
    const Dots *d = &m->dots;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < d->n_placed; i++)
        json_array_append_new(dots, json_pack("[sff]", d->name[i], (double)d->at[i][0], (double)d->at[i][1]));
    json_t *all = json_pack("{s{sbso}}", "map", "done", (int)d->done, "dots", dots);
    pthread_mutex_unlock(&m->lock);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(3));
    json_decref(all);
    return text;
}
