/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: loaded models, each with its instruments, and the engines that sound. */
#ifndef TIMBREL_SESSION_MODEL_CACHE_H
#define TIMBREL_SESSION_MODEL_CACHE_H

#include "session/instrument_cache.h"

enum { MODELS = 2 }; /* kept loaded; a third one may still be sounding */

typedef struct {
    char name[TB_SOUND_NAME]; /* as in TbPreset */
    TbModel *model;           /* owned; NULL: free slot */
    InstrumentCache instruments;
    uint64_t used; /* time of the last use, a counter */
} LoadedModel;

typedef struct {
    LoadedModel place[MODELS + 1];
    LoadedModel *playing;    /* never NULL */
    TbEngine *engine;        /* of playing; owned */
    LoadedModel *ending;     /* whose engine's notes are still sounding, perhaps the same model; NULL: none */
    TbEngine *ending_engine; /* of ending; owned */
    uint64_t uses;
} ModelCache;

/* Adds the first model, which plays. Takes ownership of both. */
void tbi_model_cache_begin(ModelCache *m, const char *name, TbModel *model, TbEngine *engine);
/* NULL: not cached. */
LoadedModel *tbi_model_cache_find(ModelCache *m, const char *name);
/* Adds a model, taking ownership; there must be a free slot. */
LoadedModel *tbi_model_cache_put(ModelCache *m, const char *name, TbModel *model);
/* `engine`, an engine of `next`, has taken over from the one playing. */
void tbi_model_cache_hand_over(ModelCache *m, LoadedModel *next, TbEngine *engine);
/* The old engine has become silent and is about to be freed. */
void tbi_model_cache_ended(ModelCache *m);
/* If all slots are taken, removes and returns a model that is not playing: preferably one that is not needed, then the
 * least recently used. Its model is NULL if there was a free slot. */
LoadedModel tbi_model_cache_take_out(ModelCache *m, bool (*needed)(void *context, const char *name), void *context);
void tbi_loaded_model_free(LoadedModel *m);
int tbi_model_cache_count(const ModelCache *m);
void tbi_model_cache_free(ModelCache *m); /* after the engines have stopped */

#endif
