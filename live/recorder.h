/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: the recorder, which writes on a thread of its own. */
#ifndef TIMBREL_LIVE_RECORDER_H
#define TIMBREL_LIVE_RECORDER_H

#include "live/ring.h"
#include "timbrel/audio.h"

#include <pthread.h>

typedef struct {
    Ring ring; /* of stereo frames; the audio thread puts, the writer thread gets */
    TbAudioWriter *writer;
    pthread_t thread;
    bool runs;
    atomic_bool stop, failed;
    atomic_ullong frames; /* written */
    _Atomic double rate;  /* Hz */
    char message[400];    /* why it failed; read after the thread has ended */
    TbStatus status;
} Recorder;

/* CT */
TB_NODISCARD TbStatus tbi_recorder_open(Recorder *r, const char *path, double sample_rate, TbBits bits);
/* Writes the rest of the ring and moves the file into place; after a failure, what was written before it is kept.
 * TB_ERR_EMPTY: nothing came, and no file is created. CT */
TB_NODISCARD TbStatus tbi_recorder_close(Recorder *r);

#endif
