/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: the recording, on a thread of its own. */
#ifndef TIMBREL_LIVE_RECORDER_H
#define TIMBREL_LIVE_RECORDER_H

#include "live/ring.h"
#include "timbrel/audio.h"

#include <pthread.h>

typedef struct {
    Ring ring; /* of pairs of floats: the audio thread puts, the writing thread gets */
    TbAudioWriter *writer;
    pthread_t thread;
    bool runs;
    atomic_bool stop, failed;
    atomic_ullong frames; /* written */
    _Atomic double rate;  /* Hz, of the file */
    char message[400];    /* why it failed; to be read when the thread has ended */
    TbStatus status;
} Recorder;

/* CT */
TB_NODISCARD TbStatus tbi_recorder_open(Recorder *r, const char *path, double sample_rate, TbBits bits);
/* Writes what is in the ring, and puts the file where it belongs: what was written before a failure is kept. When
 * nothing came, no file appears, and TB_ERR_EMPTY is returned. */
TB_NODISCARD TbStatus tbi_recorder_close(Recorder *r);

#endif
