/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks that networks of few weights compose: setup and teardown of a test make and free these. */
#ifndef TIMBREL_TESTS_COMPOSED_H
#define TIMBREL_TESTS_COMPOSED_H

#include "tests/run_tests.h"
#include "tests/small_music.h"

static TbMusicModels models;

static inline int compose_setup(void **state) {
    (void)state;
    assert_int_equal(small_music(&models), TB_OK);
    return 0;
}

static inline int compose_teardown(void **state) {
    (void)state;
    tb_music_models_free(&models);
    return 0;
}

static inline TbScore compose_draw(const TbComposeOptions *o, TbComposeReport *report) {
    TbScore score;
    const TbStatus status = tb_compose(&models, o, &score, report);
    if (status)
        fail_msg("%s", tb_error_text(status));
    return score;
}

#endif
