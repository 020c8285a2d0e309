/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of session/: models that were loaded, each with the instruments that were made of it, and with its engine
 * while that is heard. */
#ifndef TIMBREL_SESSION_MODEL_CACHE_H
#define TIMBREL_SESSION_MODEL_CACHE_H

#include "session/instrument_cache.h"

enum { MODELS = 2 }; /* that are kept; there is room for one more, whose notes are ending */

typedef struct {
    char name[TB_SOUND_NAME]; /* as in TbPreset */
    TbModel *model;           /* owned; NULL: this place is free */
    TbEngine *engine;         /* owned; NULL: it is not heard */
    InstrumentCache instruments;
    uint64_t used; /* the higher, the later */
} LoadedModel;

typedef struct {
    LoadedModel place[MODELS + 1];
    LoadedModel *playing; /* never NULL */
    LoadedModel *ending;  /* whose engine has begun what still sounds; NULL: none */
    uint64_t uses;
} ModelCache;

/* The first, which plays. Takes over both. */
void tbi_model_cache_begin(ModelCache *m, const char *name, TbModel *model, TbEngine *engine);
/* NULL: it is not there. */
LoadedModel *tbi_model_cache_find(ModelCache *m, const char *name);
/* Takes over the model, for which there is room. */
LoadedModel *tbi_model_cache_put(ModelCache *m, const char *name, TbModel *model);
/* `engine`, which is made of `next`, has taken the place of what plays. */
void tbi_model_cache_hand_over(ModelCache *m, LoadedModel *next, TbEngine *engine);
/* What was ending has ended, and its engine is about to be freed. */
void tbi_model_cache_ended(ModelCache *m);
/* When all places are taken: takes out one that is not heard, rather one that is not needed, or else was not used for
 * longest. Its model is NULL when there is room already. */
LoadedModel tbi_model_cache_take_out(ModelCache *m, bool (*needed)(void *context, const char *name), void *context);
void tbi_loaded_model_free(LoadedModel *m);
int tbi_model_cache_count(const ModelCache *m);
void tbi_model_cache_free(ModelCache *m); /* after the engines have stopped */

#endif
