/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map is the plane of the two principal axes of the codes of generated instruments chosen to be far apart. These
 * come first, since they need no analysis; bundled sounds are then projected into the plane. */
#include "web/sound_map.h"
#include "base/no_memory.h"
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
enum { N_SEEDS = 44, CANDIDATES = 300, MAX_DOTS = N_SEEDS + 100, NAME_SIZE = 64, ITERATIONS = 60, NICE = 19 };

typedef struct {
    char name[NAME_SIZE];
    float code[TB_CODE_DIM];
} Dot;

typedef struct {
    Dot dot[MAX_DOTS];
    int n;
    bool done;
    float mean[TB_CODE_DIM], axis[2][TB_CODE_DIM], deviation[2];
} Dots;

struct SoundMap {
    TbWebOptions options;
    void (*changed)(void *context);
    void *context;
    pthread_t thread;
    atomic_bool cancelled; /* the map in progress is no longer needed */
    pthread_mutex_t lock;  /* protects all members below */
    pthread_cond_t wake;
    bool stop, started, requested; /* requested: a map of `model` is to be built */
    char model[TB_SOUND_NAME];
    Dots dots;
};

/* ---- the plane ---- */

static double inner(const float *a, const float *b) {
    double sum = 0;
    for (int k = 0; k < TB_CODE_DIM; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

static double projection(const Dots *m, int axis, const float *code) {
    return inner(m->axis[axis], code) - inner(m->axis[axis], m->mean);
}

/* One step of power iteration for a principal axis. The second axis is kept orthogonal to the first. */
static void power_iteration(Dots *m, int axis) {
    float next[TB_CODE_DIM] = {0};
    for (int i = 0; i < m->n; i++) {
        float share = (float)projection(m, axis, m->dot[i].code);
        for (int k = 0; k < TB_CODE_DIM; k++)
            next[k] += share * (m->dot[i].code[k] - m->mean[k]);
    }
    double overlap = axis ? inner(next, m->axis[0]) : 0;
    for (int k = 0; axis && k < TB_CODE_DIM; k++)
        next[k] -= (float)overlap * m->axis[0][k];
    double length = sqrt(inner(next, next)) + 1e-12;
    for (int k = 0; k < TB_CODE_DIM; k++)
        m->axis[axis][k] = next[k] / (float)length;
}

static void find_plane(Dots *m) {
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < TB_CODE_DIM; k++)
            m->mean[k] += m->dot[i].code[k] / (float)m->n;
    for (int axis = 0; axis < 2; axis++) {
        m->axis[axis][axis] = 1;
        for (int round = 0; round < ITERATIONS; round++)
            power_iteration(m, axis);
        double sum = 0;
        for (int i = 0; i < m->n; i++)
            sum += pow(projection(m, axis, m->dot[i].code), 2);
        m->deviation[axis] = (float)sqrt(sum / fmax(m->n, 1)) + 1e-9f;
    }
}

static double position(const Dots *m, int axis, const float *code) {
    return 0.5 + 0.5 * tanh(CENTRE_STRETCH * projection(m, axis, code) / (double)m->deviation[axis]);
}

/* ---- the thread ---- */

static void add_sound(SoundMap *m, const TbModel *model, const char *name) {
    TbInstrument *instrument = NULL;
    Dots *d = &m->dots;
    if (atomic_load(&m->cancelled) || d->n == MAX_DOTS ||
        m->options.load(m->options.context, model, name, &instrument) != TB_OK)
        return; /* a model without a note network has no codes and so no map */
    pthread_mutex_lock(&m->lock);
    snprintf(d->dot[d->n].name, NAME_SIZE, "%s", name);
    memcpy(d->dot[d->n].code, tb_instrument_code(instrument), sizeof d->dot[d->n].code);
    d->n++;
    pthread_mutex_unlock(&m->lock);
    tb_instrument_free(instrument);
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
    pthread_mutex_lock(&m->lock);
    find_plane(&m->dots);
    pthread_mutex_unlock(&m->lock);
    m->changed(m->context);
    for (size_t i = 0; i < tb_bundled_count() && m->dots.n > 0; i++) {
        add_sound(m, model, tb_bundled_name(i));
        m->changed(m->context);
    }
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
    bool plane = inner(d->axis[0], d->axis[0]) > 0;
    for (int i = 0; plane && i < d->n; i++)
        json_array_append_new(
            dots, json_pack("[sff]", d->dot[i].name, position(d, 0, d->dot[i].code), position(d, 1, d->dot[i].code)));
    json_t *all = json_pack("{s{sbso}}", "map", "done", (int)d->done, "dots", dots);
    pthread_mutex_unlock(&m->lock);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(3));
    json_decref(all);
    return text;
}
