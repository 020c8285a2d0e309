/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: a cache of instruments by name, so that recent ones need no loading. */
#ifndef TIMBREL_SESSION_INSTRUMENT_CACHE_H
#define TIMBREL_SESSION_INSTRUMENT_CACHE_H

#include "timbrel/session.h"

#include <stdatomic.h>

enum { INSTRUMENT_CACHE_SIZE = 32 }; /* entries kept although nothing uses them */

typedef struct {
    char name[TB_SOUND_NAME];
    TbInstrument *instrument; /* owned */
    uint64_t used;            /* time of the last use, a counter */
} CachedInstrument;

/* To be used by one thread only; others may read n. */
typedef struct {
    CachedInstrument *item; /* [n], owned */
    atomic_size_t n;
    size_t room;
    uint64_t uses;
} InstrumentCache;

/* NULL: not cached. */
const TbInstrument *tbi_instrument_cache_find(InstrumentCache *s, const char *name);
/* Takes ownership of the instrument, even on failure. */
TB_NODISCARD TbStatus tbi_instrument_cache_put(InstrumentCache *s, const char *name, TbInstrument *instrument);
/* Frees the least recently used entries that are not needed until INSTRUMENT_CACHE_SIZE are left. */
void tbi_instrument_cache_trim(InstrumentCache *s,
                               bool (*needed)(void *context, const char *name, const TbInstrument *instrument),
                               void *context);
void tbi_instrument_cache_free(InstrumentCache *s);

#endif
