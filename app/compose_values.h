/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel compose` is asked for. */
#ifndef TIMBREL_APP_COMPOSE_VALUES_H
#define TIMBREL_APP_COMPOSE_VALUES_H

#include "app/output.h"
#include "timbrel/compose.h"

/* The values of the options, as typed. */
typedef struct {
    OutputValues output; /* rate NAN, bits -1: not given */
    OptionTexts sounds;
    const char *stems, *picture, *model;
    const char *key, *metre, *style, *form, *parts, *lock;                      /* NULL: not given */
    const char *primer, *continued, *interpolate, *vary, *humanise, *harmonise; /* files; NULL: not given */
    double tempo, swing, amount, density, temperature;                          /* NAN: not given */
    int bars, steps, seed;                                                      /* bars, steps 0: not given */
    int only;                                                                   /* index into COMPOSE_ONLY */
    bool without_primer, loop, allow_copies;
} ComposeValues;

#define COMPOSE_ONLY "all|drums|bass|chords|melody|rhythm"

/* What is done. */
typedef enum {
    COMPOSE_NEW,
    COMPOSE_LOCKED,
    COMPOSE_CONTINUE,
    COMPOSE_INTERPOLATE,
    COMPOSE_VARY,
    COMPOSE_HUMANISE,
    COMPOSE_HARMONISE
} ComposeWhat;

/* The command line, understood. */
typedef struct {
    const ComposeValues *values;
    ComposeWhat what;
    const char *file[2];      /* the MIDI files that it is done to; NULL: none */
    bool sound;               /* writes sound, and not only a MIDI file */
    OutputValues output;      /* with rate and bits in any case */
    TbComposeOptions options; /* without the scores and progress */
} ComposeRequest;

/* "D minor", "F# major", "Bbm", "C"; "3/4". False: the text is something else. */
bool compose_parse_key(const char *text, TbComposeOptions *options);
bool compose_parse_metre(const char *text, TbComposeOptions *options);
TB_NODISCARD TbStatus compose_find_style(const char *name, int *style);

/* Reads key, metre, style and parts, finds out what is to be done, and checks that all options go with it. operand: the
 * file named without an option; NULL: none. */
TB_NODISCARD TbStatus compose_request(const ComposeValues *values, const char *operand, ComposeRequest *request);

#endif
