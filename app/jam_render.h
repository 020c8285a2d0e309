/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the jam under an engine, and a jam without a device. */
#ifndef TIMBREL_APP_JAM_RENDER_H
#define TIMBREL_APP_JAM_RENDER_H

#include "app/jam_sounds.h"
#include "app/jam_values.h"

typedef struct {
    TbJam *jam;
    const JamSounds *sounds;
    bool begun; /* the levels have been sent */
} JamFeed;

/* The `feed` of TbLivePlay, with a JamFeed as context. RT */
void jam_feed(void *feed, TbEngine *engine, size_t n);

/* Plays values->offline seconds, into values->record if that is given. The same seed gives the same bytes. */
TB_NODISCARD TbStatus jam_render(const JamValues *values, JamFeed *feed, TbEngine *engine, double sample_rate);

#endif
