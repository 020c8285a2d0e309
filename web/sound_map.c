/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plane is that of the two principal axes of codes of new instruments that are far apart. They come first, since
 * they need no listening; bundled sounds then find their places among them. */
#include "web/sound_map.h"
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

#define CROWDED 0.7 /* how much the middle, where most are, is drawn apart */
enum { SEEDS = 44, AMONG = 300, DOTS = SEEDS + 100, NAME = 64, ROUNDS = 60, NICE = 19 };

typedef struct {
    char name[NAME];
    float code[TB_CODE_DIM];
} Dot;

typedef struct {
    Dot dot[DOTS];
    int n;
    bool done;
    float middle[TB_CODE_DIM], axis[2][TB_CODE_DIM], deviation[2];
} Dots;

struct SoundMap {
    TbWebOptions options;
    void (*changed)(void *context);
    void *context;
    pthread_t thread;
    atomic_bool left;     /* what is being made: another model is wanted, or nothing any more */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool stop, begun, wanted; /* to make one, of this model */
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

static double along(const Dots *m, int axis, const float *code) {
    return inner(m->axis[axis], code) - inner(m->axis[axis], m->middle);
}

/* One round of the power method: the sum of all codes' distances from the middle, each as often as it lies along the
 * axis. The second axis is kept at a right angle to the first. */
static void improve(Dots *m, int axis) {
    float next[TB_CODE_DIM] = {0};
    for (int i = 0; i < m->n; i++) {
        float share = (float)along(m, axis, m->dot[i].code);
        for (int k = 0; k < TB_CODE_DIM; k++)
            next[k] += share * (m->dot[i].code[k] - m->middle[k]);
    }
    double over = axis ? inner(next, m->axis[0]) : 0;
    for (int k = 0; axis && k < TB_CODE_DIM; k++)
        next[k] -= (float)over * m->axis[0][k];
    double length = sqrt(inner(next, next)) + 1e-12;
    for (int k = 0; k < TB_CODE_DIM; k++)
        m->axis[axis][k] = next[k] / (float)length;
}

static void find_plane(Dots *m) {
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < TB_CODE_DIM; k++)
            m->middle[k] += m->dot[i].code[k] / (float)m->n;
    for (int axis = 0; axis < 2; axis++) {
        m->axis[axis][axis] = 1;
        for (int round = 0; round < ROUNDS; round++)
            improve(m, axis);
        double sum = 0;
        for (int i = 0; i < m->n; i++)
            sum += pow(along(m, axis, m->dot[i].code), 2);
        m->deviation[axis] = (float)sqrt(sum / fmax(m->n, 1)) + 1e-9f;
    }
}

static double place(const Dots *m, int axis, const float *code) {
    return 0.5 + 0.5 * tanh(CROWDED * along(m, axis, code) / (double)m->deviation[axis]);
}

/* ---- the thread ---- */

static void add(SoundMap *m, const TbModel *model, const char *name) {
    TbInstrument *instrument = NULL;
    Dots *d = &m->dots;
    if (atomic_load(&m->left) || d->n == DOTS || m->options.load(m->options.context, model, name, &instrument) != TB_OK)
        return; /* a model without a network of notes has no codes, and so no map */
    pthread_mutex_lock(&m->lock);
    snprintf(d->dot[d->n].name, NAME, "%s", name);
    memcpy(d->dot[d->n].code, tb_instrument_code(instrument), sizeof d->dot[d->n].code);
    d->n++;
    pthread_mutex_unlock(&m->lock);
    tb_instrument_free(instrument);
}

static void make(SoundMap *m, const TbModel *model) {
    uint64_t seed[SEEDS];
    if (tb_instruments_spread(1, AMONG, SEEDS, seed) != TB_OK)
        return;
    for (int i = 0; i < SEEDS; i++) {
        char name[NAME];
        snprintf(name, sizeof name, "seed:%llu", (unsigned long long)seed[i]);
        add(m, model, name);
    }
    pthread_mutex_lock(&m->lock);
    find_plane(&m->dots);
    pthread_mutex_unlock(&m->lock);
    m->changed(m->context);
    for (size_t i = 0; i < tb_bundled_count() && m->dots.n > 0; i++) {
        add(m, model, tb_bundled_name(i));
        m->changed(m->context);
    }
}

static void make_of(SoundMap *m, const char *name) {
    TbModel *model;
    if (m->options.load_model(m->options.context, name, &model) == TB_OK) {
        make(m, model);
        tb_model_free(model);
    }
}

static void *run(void *context) {
    SoundMap *m = context;
    char name[TB_SOUND_NAME];
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    pthread_mutex_lock(&m->lock);
    while (!m->stop) {
        if (!m->wanted) {
            pthread_cond_wait(&m->wake, &m->lock);
            continue;
        }
        memcpy(name, m->model, sizeof name);
        m->wanted = false;
        atomic_store(&m->left, false);
        m->dots = (Dots){.n = 0};
        pthread_mutex_unlock(&m->lock);
        m->changed(m->context);
        make_of(m, name);
        pthread_mutex_lock(&m->lock);
        m->dots.done = !m->wanted;
        m->changed(m->context);
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

TbStatus tbi_sound_map_new(const TbWebOptions *options, void (*changed)(void *context), void *context, SoundMap **map) {
    SoundMap *m = *map = calloc(1, sizeof *m);
    if (!m)
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for a map of sounds.");
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
    return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for a thread to make the map of sounds with.");
}

void tbi_sound_map_model(SoundMap *m, const char *name) {
    pthread_mutex_lock(&m->lock);
    if (!m->begun || strcmp(m->model, name) != 0) {
        snprintf(m->model, sizeof m->model, "%s", name);
        m->begun = m->wanted = true;
        m->dots.done = false;
        atomic_store(&m->left, true);
        pthread_cond_signal(&m->wake);
    }
    pthread_mutex_unlock(&m->lock);
}

void tbi_sound_map_free(SoundMap *m) {
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    atomic_store(&m->left, true);
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
            dots, json_pack("[sff]", d->dot[i].name, place(d, 0, d->dot[i].code), place(d, 1, d->dot[i].code)));
    json_t *all = json_pack("{s{sbso}}", "map", "done", (int)d->done, "dots", dots);
    pthread_mutex_unlock(&m->lock);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(3));
    json_decref(all);
    return text;
}
