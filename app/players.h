/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the instruments and drums that play a song. */
#ifndef TIMBREL_APP_PLAYERS_H
#define TIMBREL_APP_PLAYERS_H

#include "app/inputs.h"
#include "timbrel/engine.h"

/* The instruments of a song: each is made once, however often it is named. */
typedef struct {
    const TbModel *model;
    Part progress; /* of the making of all of them */
    int n_expected, n;
    struct {
        char *name; /* owned */
        TbInstrument *instrument;
    } * made; /* [n], owned */
} Instruments;

/* name: as in app/instruments.h. *instrument is owned by `all`. */
TB_NODISCARD TbStatus instruments_find(Instruments *all, const char *name, const TbInstrument **instrument);
/* Of the recordings paths[n] of one drum, under a name of its own: they sound at its key as they are. */
TB_NODISCARD TbStatus instruments_of_drum(Instruments *all, const char *name, char *const *paths, size_t n, int key,
                                          const TbInstrument **instrument);
void instruments_free(Instruments *all);

/* The drums of General MIDI. what: NULL for the bundled kit; else a sound for all keys, or a folder whose files carry
 * the number of their key in their names, such as 36.wav, snare_38.wav or 128_38_100.wav. Only what is used is made. */
TB_NODISCARD TbStatus kit_load(Instruments *all, const char *what, const bool used[128], TbDrum kit[128]);

#endif
