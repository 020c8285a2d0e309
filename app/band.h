/* Timbrel app: the instruments of a song.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_APP_BAND_H
#define TIMBREL_APP_BAND_H

#include "app/inputs.h"
#include "app/instruments.h"
#include "play/play.h"

/* Each is made once, however often it is named. */
typedef struct {
    const TbModel *model;
    Part progress; /* of the making of all of them */
    int n_expected, n;
    struct {
        char *name; /* owned */
        TbInstrument *instrument;
    } * made; /* [n], owned */
} Instruments;

/* What app/instruments.h knows by this name. *instrument is owned by `all`. */
TbStatus instruments_find(Instruments *all, const char *name, const TbInstrument **instrument);
/* Of several sounds, under a name of its own. names[n] are paths. */
TbStatus instruments_of_files(Instruments *all, const char *name, char *const *paths, size_t n,
                              const TbInstrument **instrument);
void instruments_free(Instruments *all);

/* The drums of General MIDI. what: NULL for the bundled kit; else a sound for all keys, or a folder whose files carry
 * the number of their key in their names, such as 36.wav, snare_38.wav or 128_38_100.wav. Only what is used is made. */
TbStatus kit_load(Instruments *all, const char *what, const bool used[128], TbDrum kit[128]);

#endif
