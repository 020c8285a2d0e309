/* Inside of session/: instruments that were made, by their names, so that what was heard lately is there at once.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_SESSION_INSTRUMENT_CACHE_H
#define TIMBREL_SESSION_INSTRUMENT_CACHE_H

#include "timbrel/session.h"

enum { SHELF = 32 }; /* instruments that are kept when nothing plays them */

typedef struct {
    char name[TB_SOUND_NAME];
    TbInstrument *instrument; /* owned */
    uint64_t used;            /* the higher, the later */
} ShelfItem;

/* Of one thread alone. */
typedef struct {
    ShelfItem *item; /* [n], owned */
    size_t n, room;
    uint64_t uses;
} Shelf;

/* NULL: it is not there. */
const TbInstrument *shelf_find(Shelf *s, const char *name);
/* Takes over the instrument, also on failure. */
TB_NODISCARD TbStatus shelf_put(Shelf *s, const char *name, TbInstrument *instrument);
/* Frees those not used for longest, until SHELF are left; but none that is needed. */
void shelf_tidy(Shelf *s, bool (*needed)(void *context, const char *name, const TbInstrument *instrument),
                void *context);
void shelf_free(Shelf *s); /* all of them */

#endif
