/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of session/: instruments that were made, by their names, so that what was heard lately is there at once. */
#ifndef TIMBREL_SESSION_INSTRUMENT_CACHE_H
#define TIMBREL_SESSION_INSTRUMENT_CACHE_H

#include "timbrel/session.h"

enum { INSTRUMENT_CACHE_SIZE = 32 }; /* instruments that are kept when nothing plays them */

typedef struct {
    char name[TB_SOUND_NAME];
    TbInstrument *instrument; /* owned */
    uint64_t used;            /* the higher, the later */
} CachedInstrument;

/* Of one thread alone. */
typedef struct {
    CachedInstrument *item; /* [n], owned */
    size_t n, room;
    uint64_t uses;
} InstrumentCache;

/* NULL: it is not there. */
const TbInstrument *tbi_instrument_cache_find(InstrumentCache *s, const char *name);
/* Takes over the instrument, also on failure. */
TB_NODISCARD TbStatus tbi_instrument_cache_put(InstrumentCache *s, const char *name, TbInstrument *instrument);
/* Frees those not used for longest, until SHELF are left; but none that is needed. */
void tbi_instrument_cache_trim(InstrumentCache *s,
                               bool (*needed)(void *context, const char *name, const TbInstrument *instrument),
                               void *context);
void tbi_instrument_cache_free(InstrumentCache *s); /* all of them */

#endif
