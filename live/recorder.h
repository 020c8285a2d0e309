/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: the recorder, which writes on a thread of its own. */
#ifndef TIMBREL_LIVE_RECORDER_H
#define TIMBREL_LIVE_RECORDER_H

#include "base/ring.h"
#include "timbrel/audio.h"

#include <pthread.h>

typedef struct {
    Ring ring;             /* of stereo frames; the audio thread puts, the writer thread gets */
    TbAudioWriter *writer; /* NULL: no file is open */
    pthread_t thread;
    bool runs; /* from open to close */
    atomic_bool stop, failed;
    _Atomic double seconds; /* in all files of this recording */
    double seconds_before;  /* in those before the latest */
    uint64_t frames;        /* in the latest; owned by the writer thread while it runs, like message and status */
    char message[400];      /* why it failed */
    TbStatus status;
    char *path, *file;   /* as it was asked for; of the latest file; owned, NULL when it is closed */
    int n_files, number; /* files so far; the number in the latest one's name, 1: none */
    double rate;         /* Hz */
    TbBits bits;
} Recorder;

/* A file of this name is kept: a number is added to the name of the new one. TB_ERR_IO: the name is that of a folder,
 * or the file cannot be created. Its temporary file reserves the name until the recording is
 * closed. CT */
TB_NODISCARD TbStatus tbi_recorder_open(Recorder *r, const char *path, double sample_rate, TbBits bits);
/* Continues at another sample rate, in a file with the next number added to the name asked for, unless the latest file
 * is still empty. False: that failed; the recording has ended, and tbi_recorder_close returns why. CT */
bool tbi_recorder_go_on(Recorder *r, double sample_rate);
/* Writes the rest of the ring and moves the file into place; after a failure, what was written before it is kept.
 * TB_ERR_EMPTY: nothing came, and no file is created. CT */
TB_NODISCARD TbStatus tbi_recorder_close(Recorder *r);

#endif
