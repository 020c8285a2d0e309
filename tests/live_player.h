/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of live/ without a device: the test calls tbi_audio_thread_block itself. */
#ifndef TIMBREL_TESTS_LIVE_PLAYER_H
#define TIMBREL_TESTS_LIVE_PLAYER_H

#include "engine/engine.h"
#include "live/internal.h"

#include <stdlib.h>

/* Takes ownership of the engine, whose corners may be changed as usual. NULL: out of memory. */
static inline TbLive *live_player_new(TbEngine *engine, double rate, const TbInstrument *const *corner, int n) {
    TbLive *l = engine ? calloc(1, sizeof *l) : NULL;
    if (!l || tbi_commands_new(l) != TB_OK)
        return NULL;
    TbLivePlay play = {.engine = engine, .n_corners = n};
    for (int i = 0; i < n; i++)
        play.corner[i] = corner[i];
    l->thread.rate = rate;
    l->thread.n_channels = 2;
    tbi_commands_begin(l, &play);
    return l;
}

/* Also frees all engines that it has. */
static inline void live_player_free(TbLive *l) {
    EngineChange waits;
    while (tbi_ring_get(&l->thread.changes, &waits, 1) == 1)
        tb_engine_free(waits.engine);
    tb_engine_free(tb_live_retired(l));
    tb_engine_free(l->thread.play.engine->predecessor);
    tb_engine_free(l->thread.play.engine);
    tbi_commands_free(l);
    free(l);
}

#endif
