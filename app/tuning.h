/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the options that tune an instrument, --tuning and --keyboard-map. */
#ifndef TIMBREL_APP_TUNING_H
#define TIMBREL_APP_TUNING_H

#include "app/options.h"
#include "timbrel/engine.h"

typedef struct {
    const char *scale, *map; /* paths; NULL: not given */
} TuningValues;

#define TUNING_OPTIONS(type, field)                                                                                    \
    {"tuning",                                                                                                         \
     0,                                                                                                                \
     OPTION_TEXT,                                                                                                      \
     "FILE.scl",                                                                                                       \
     .help = "play in this scale of Scala",                                                                            \
     .offset = offsetof(type, field.scale)},                                                                           \
    {                                                                                                                  \
        "keyboard-map", 0, OPTION_TEXT, "FILE.kbm", .help = "keys of the scale (default: C4 and up, C4 unchanged)",    \
                                                    .offset = offsetof(type, field.map)                                \
    }

/* Reads tuning[TB_TUNING_KEYS]; *given is it, or NULL without --tuning. */
TB_NODISCARD TbStatus tuning_load(const TuningValues *values, float *tuning, const float **given);

#endif
