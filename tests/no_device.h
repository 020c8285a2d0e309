/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests built on live.h: a TbLive without a device, whose callback the test calls. */
#ifndef TIMBREL_TESTS_NO_DEVICE_H
#define TIMBREL_TESTS_NO_DEVICE_H

#include "live/internal.h"

#include <stdlib.h>

/* Plays the engine, with empty corners. */
static inline TbLive *no_device_live(TbEngine *engine, double rate) {
    TbLive *l = calloc(1, sizeof *l);
    if (l && tbi_commands_new(l) == TB_OK) {
        l->thread.n_channels = 2;
        l->thread.rate = rate;
        tbi_commands_begin(l, &(TbLivePlay){.engine = engine});
    }
    return l;
}

static inline void no_device_free(TbLive *l) {
    tbi_commands_free(l);
    free(l);
}

#endif
