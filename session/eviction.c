/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which loaded sounds, models and engines the loader frees, and when. */
#include "session/loader.h"

#include <string.h>

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

void tbi_eviction_make_room(TbSession *s, const TbPreset *job) {
    pthread_mutex_lock(&s->lock);
    LoadedModel out = tbi_model_cache_take_out(&s->models, model_needed, &(Needs){s, job, NULL});
    pthread_mutex_unlock(&s->lock);
    tbi_loaded_model_free(&out);
}

void tbi_eviction_trim(TbSession *s, LoadedModel *model, const TbPreset *job) {
    tbi_instrument_cache_trim(&model->instruments, sound_needed, &(Needs){s, job, model->name});
}

void tbi_eviction_collect(TbSession *s) {
    TbEngine *ended = tb_live_retired(s->options.live);
    if (ended) {
        pthread_mutex_lock(&s->lock);
        tbi_model_cache_ended(&s->models);
        pthread_mutex_unlock(&s->lock);
    }
    tb_engine_free(ended);
}

void tbi_eviction_tidy(TbSession *s) {
    tbi_eviction_collect(s);
    for (int i = 0; i <= MODELS; i++)
        tbi_eviction_trim(s, &s->models.place[i], NULL);
    if (!s->models.ending)
        tbi_eviction_make_room(s, NULL);
}

bool tbi_eviction_due(const TbSession *s) {
    bool more = s->models.ending || tbi_model_cache_count(&s->models) > MODELS;
    for (int i = 0; i <= MODELS; i++)
        more = more || s->models.place[i].instruments.n > INSTRUMENT_CACHE_SIZE;
    return more;
}
