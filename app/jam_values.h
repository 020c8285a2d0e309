/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the options of `timbrel jam`. */
#ifndef TIMBREL_APP_JAM_VALUES_H
#define TIMBREL_APP_JAM_VALUES_H

#include "app/options.h"
#include "timbrel/jam.h"

typedef struct {
    double tempo, swing, intensity, temperature, offline, rate;  /* NAN: not given */
    const char *key, *chords, *metre, *style, *parts, *generate; /* NULL: not given */
    const char *model, *output, *record, *device;
    OptionTexts sounds;
    int quantise, seed, bits, block, voices, osc; /* osc 0: none */
    bool list, listen;
} JamValues;

/* Checks early what would fail late: files to write, sounds, options that do not go together. */
TB_NODISCARD TbStatus jam_values_check(const JamValues *values);
/* What is asked for; `chords` is borrowed from the values. */
TB_NODISCARD TbStatus jam_values_read(const JamValues *values, TbJamOptions *options);

#endif
