/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests that share one model and its instruments: `played`, made before them and freed after them. */
#ifndef TIMBREL_TESTS_ONE_PLAYED_H
#define TIMBREL_TESTS_ONE_PLAYED_H

#include "tests/played.h"
#include "tests/run_tests.h"

#include <stdio.h>

static Played played;

static int played_make(void **state) {
    (void)state;
    TbStatus status = played_new(&played);
    if (status != TB_OK)
        printf("%s\n", tb_error_text(status));
    return status != TB_OK;
}

/* Mono at 48 kHz, without reverb. */
static inline TbEngine *mono_engine(int voices, bool limit, double gain) {
    return played_engine(&played, &(TbEngineOptions){.size = sizeof(TbEngineOptions),
                                                     .sample_rate = 48000,
                                                     .voices = voices,
                                                     .limit = limit,
                                                     .gain = gain,
                                                     .seed = 5});
}

static inline void engine_send(TbEngine *e, size_t offset, int status, int a, int b) {
    uint8_t message[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};
    assert_true(tb_engine_event(e, offset, message, 3));
}

static int played_drop(void **state) {
    (void)state;
    played_free(&played);
    return 0;
}

#endif
