/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of a live player on the simulated device, with the engine and instruments of `played`. */
#ifndef TIMBREL_TESTS_FAKE_LIVE_H
#define TIMBREL_TESTS_FAKE_LIVE_H

#include "tests/fake_device.h"
#include "tests/one_played.h"

/* A player on the simulated device, which now exists and has two channels. */
static inline TbLive *fake_live(int rate) {
    const TbLiveOptions options = {.size = sizeof(TbLiveOptions), .block = FAKE_BLOCK};
    TbLive *live;
    fake_is(true, rate, 2);
    assert_int_equal(tbi_live_new_of(&options, fake_kinds, &live), TB_OK);
    return live;
}

static inline TbEngine *engine_of(double rate) {
    TbEngine *engine = played_engine(&played, &(TbEngineOptions){.size = sizeof(TbEngineOptions),
                                                                 .sample_rate = rate,
                                                                 .voices = 4,
                                                                 .stereo = true,
                                                                 .limit = true,
                                                                 .seed = 1});
    assert_non_null(engine);
    return engine;
}

/* Starts to play the clarinet. */
static inline void start(TbLive *live, TbEngine *engine) {
    assert_int_equal(tb_live_start(live, &(TbLivePlay){.engine = engine, .corner = {played.clarinet}, .n_corners = 1}),
                     TB_OK);
}

static inline TbLiveState state_of(TbLive *live) {
    TbLiveState s;
    tb_live_state(live, &s);
    return s;
}

#endif
