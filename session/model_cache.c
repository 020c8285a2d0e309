/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/model_cache.h"

#include <stdio.h>
#include <string.h>

enum { PLACES = MODELS + 1 };

LoadedModel *tbi_model_cache_find(ModelCache *m, const char *name) {
    for (int i = 0; i < PLACES; i++) {
        if (m->place[i].model && strcmp(m->place[i].name, name) == 0) {
            m->place[i].used = ++m->uses;
            return &m->place[i];
        }
    }
    return NULL;
}

LoadedModel *tbi_model_cache_put(ModelCache *m, const char *name, TbModel *model) {
    LoadedModel *place = m->place;
    while (place->model)
        place++;
    *place = (LoadedModel){.model = model, .used = ++m->uses};
    snprintf(place->name, sizeof place->name, "%s", name);
    return place;
}

void tbi_model_cache_begin(ModelCache *m, const char *name, TbModel *model, TbEngine *engine) {
    m->playing = tbi_model_cache_put(m, name, model);
    m->engine = engine;
}

void tbi_model_cache_hand_over(ModelCache *m, LoadedModel *next, TbEngine *engine) {
    m->ending = m->playing;
    m->ending_engine = m->engine;
    m->playing = next;
    m->engine = engine;
}

void tbi_model_cache_ended(ModelCache *m) {
    m->ending = NULL;
    m->ending_engine = NULL;
}

int tbi_model_cache_count(const ModelCache *m) {
    int n = 0;
    for (int i = 0; i < PLACES; i++)
        n += m->place[i].model != NULL;
    return n;
}

LoadedModel tbi_model_cache_take_out(ModelCache *m, bool (*needed)(void *context, const char *name), void *context) {
    LoadedModel *spare = NULL, out = {.model = NULL};
    bool keep = false; /* whether the spare model is needed */
    for (int i = 0; i < PLACES && tbi_model_cache_count(m) == PLACES; i++) {
        LoadedModel *p = &m->place[i];
        bool keep_p = needed(context, p->name);
        bool heard = p == m->playing || p == m->ending;
        if (!heard && (!spare || keep_p < keep || (keep_p == keep && p->used < spare->used))) {
            spare = p;
            keep = keep_p;
        }
    }
    if (spare) {
        out = *spare;
        *spare = (LoadedModel){.model = NULL};
    }
    return out;
}

void tbi_loaded_model_free(LoadedModel *m) {
    tbi_instrument_cache_free(&m->instruments);
    tb_model_free(m->model);
}

void tbi_model_cache_free(ModelCache *m) {
    tb_engine_free(m->engine);
    tb_engine_free(m->ending_engine);
    for (int i = 0; i < PLACES; i++)
        tbi_loaded_model_free(&m->place[i]);
}
