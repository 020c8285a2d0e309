/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio thread of a live device without the device: for tests and measurements of its callback. */
#ifndef TIMBREL_TESTS_AUDIO_THREADS_H
#define TIMBREL_TESTS_AUDIO_THREADS_H

#include "live/audio_thread.h"

#include <stdlib.h>

/* Plays from now on, with an engine that it then owns. NULL: out of memory. */
static inline AudioThread *audio_thread_new(const TbLivePlay *play, int channels, double rate) {
    AudioThread *a = calloc(1, sizeof *a);
    if (!a || !tbi_audio_thread_init(a, 64)) {
        free(a);
        return NULL;
    }
    a->n_channels = channels;
    a->rate = rate;
    a->play = *play;
    tb_engine_set_corners(a->play.engine, a->play.corner, a->play.n_corners);
    tbi_audio_thread_begin(a);
    return a;
}

static inline void audio_thread_free(AudioThread *a) {
    tb_engine_free(a->play.engine);
    tbi_audio_thread_release(a);
    free(a);
}

#endif
