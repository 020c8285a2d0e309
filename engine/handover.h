/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the library: what live/ needs to know of engines when a device comes back at another sample rate. */
#ifndef TIMBREL_ENGINE_HANDOVER_H
#define TIMBREL_ENGINE_HANDOVER_H

#include "timbrel/engine.h"

/* What it renders: Hz, and how many channels, 1 or 2. ANY */
typedef struct {
    double sample_rate;
    int n_channels;
} EngineFormat;

EngineFormat tbi_engine_format(const TbEngine *engine);
static inline bool engine_format_is(EngineFormat f, double sample_rate, int n_channels) {
    return f.sample_rate == sample_rate && f.n_channels == n_channels;
}

/* The engine that this one has taken over from, although its notes may still sound; they end here. NULL: none. RT */
TbEngine *tbi_handover_cut_off(TbEngine *engine);

#endif
