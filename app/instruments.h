/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the syntax of instrument names.
 *
 *   flute              a bundled sound, a sound file, an encoded sound: its notes
 *   strings/           a folder of them: notes of one instrument
 *   seed:7             a new instrument, drawn from the model
 *   "preset:Slow Bow"  what a preset says of sounds, pad and knobs, as one instrument
 *   flute,seed:7@0.3   a mix, here of three tenths of the second; up to four parts. Parts without @ share what is left.
 *
 * A file whose name has a comma or an @ in it is taken as that file. */
#ifndef TIMBREL_APP_INSTRUMENTS_H
#define TIMBREL_APP_INSTRUMENTS_H

#include "timbrel/instrument.h"

/* One part of a mix. */
typedef struct {
    char name[1024];
    double weight; /* > 0; weights sum to 1 */
} InstrumentPart;

/* Parses such a name without opening anything. TB_ERR_ARGUMENT if it is malformed. */
TB_NODISCARD TbStatus instrument_parts(const char *name, InstrumentPart part[TB_PARTS], int *n);

/* The model must outlive the instrument. */
TB_NODISCARD TbStatus instrument_load(const TbModel *model, const char *name, TbProgress progress, void *context,
                                      TbInstrument **instrument);

/* Whether this can only be the name of an instrument: seed:N, preset:NAME, or a mix, and neither a file nor a bundled
 * sound. */
bool is_instrument_name(const char *name);

/* A short name for files, made of letters of any alphabet, digits, - and _: "flute", "seed-7", "flute-seed-7". */
void instrument_file_name(const char *name, char *text, size_t size);

#endif
