/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the instruments and drums of a song. */
#ifndef TIMBREL_APP_SONG_INSTRUMENTS_H
#define TIMBREL_APP_SONG_INSTRUMENTS_H

#include "app/inputs.h"
#include "timbrel/engine.h"

/* The instruments of a song; each is loaded once. */
typedef struct {
    const TbModel *model;
    Part progress; /* progress of loading all of them */
    int n_expected, n;
    struct {
        char *name; /* owned */
        TbInstrument *instrument;
    } * made; /* [n], owned */
} Instruments;

/* name: as in app/instruments.h. *instrument is owned by `all`. */
TB_NODISCARD TbStatus instruments_find(Instruments *all, const char *name, const TbInstrument **instrument);
/* The same with its knobs offset by these standard deviations; each call makes another instrument. */
TB_NODISCARD TbStatus instruments_with_knobs(Instruments *all, const char *name, const float knob[TB_KNOBS],
                                             const TbInstrument **instrument);
/* A General MIDI program, as tb_instrument_program. */
TB_NODISCARD TbStatus instruments_of_program(Instruments *all, int program, const TbInstrument **instrument);
/* One drum made of the recordings paths[n], under its own name; they play unchanged at its key. */
TB_NODISCARD TbStatus instruments_of_drum(Instruments *all, const char *name, char *const *paths, size_t n, int key,
                                          const TbInstrument **instrument);
void instruments_free(Instruments *all);

/* General MIDI drums. what: NULL for the bundled kit, a sound for all keys, or a folder whose file names contain the
 * key number (36.wav, snare_38.wav, 128_38_100.wav). Only keys in use are loaded. */
TB_NODISCARD TbStatus kit_load(Instruments *all, const char *what, const bool used[128], TbDrum kit[128]);
/* Names the drum keys in use that the kit lacks; returns how many it has. */
int kit_tell_missing(const char *what, const bool used[128], const TbDrum kit[128]);

#endif
