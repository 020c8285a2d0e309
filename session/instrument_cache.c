/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/instrument_cache.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const TbInstrument *tbi_instrument_cache_find(InstrumentCache *s, const char *name) {
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->item[i].name, name) == 0) {
            s->item[i].used = ++s->uses;
            return s->item[i].instrument;
        }
    }
    return NULL;
}

TbStatus tbi_instrument_cache_put(InstrumentCache *s, const char *name, TbInstrument *instrument) {
    if (!tbi_grow(&s->item, s->n + 1, &s->room)) {
        tb_instrument_free(instrument);
        return tbi_no_memory("for another sound");
    }
    CachedInstrument *item = &s->item[s->n++];
    *item = (CachedInstrument){.instrument = instrument, .used = ++s->uses};
    snprintf(item->name, sizeof item->name, "%s", name);
    return TB_OK;
}

void tbi_instrument_cache_trim(InstrumentCache *s,
                               bool (*needed)(void *context, const char *name, const TbInstrument *instrument),
                               void *context) {
    uint64_t checked = 0; /* entries used up to this time have been checked */
    while (s->n > INSTRUMENT_CACHE_SIZE) {
        CachedInstrument *oldest = NULL;
        for (size_t i = 0; i < s->n; i++)
            if (s->item[i].used > checked && (!oldest || s->item[i].used < oldest->used))
                oldest = &s->item[i];
        if (!oldest)
            return; /* all are in use */
        checked = oldest->used;
        if (!needed(context, oldest->name, oldest->instrument)) {
            tb_instrument_free(oldest->instrument);
            *oldest = s->item[--s->n];
        }
    }
}

void tbi_instrument_cache_free(InstrumentCache *s) {
    for (size_t i = 0; i < s->n; i++)
        tb_instrument_free(s->item[i].instrument);
    free(s->item);
    *s = (InstrumentCache){0};
}
