/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output is written by a thread that may wait for the disk; a ring connects it with the audio thread. */
#include "live/recorder.h"

#include <stdio.h>
#include <time.h>

#define RING_SECONDS 5.0 /* how long the disk may stall */
enum { CHUNK_FRAMES = 4096 };
static const struct timespec rest = {.tv_nsec = 20 * 1000 * 1000};

/* Writes what is in the ring. False: writing failed. */
static bool write_available(Recorder *r) {
    float frames[2 * CHUNK_FRAMES];
    for (size_t n; (n = tbi_ring_get(&r->ring, frames, CHUNK_FRAMES)) > 0;) {
        r->status = tb_audio_writer_add(r->writer, frames, n);
        if (r->status != TB_OK) {
            snprintf(r->message, sizeof r->message, "%s", tb_error_text(r->status));
            return false;
        }
        atomic_fetch_add(&r->frames, n);
    }
    return true;
}

static void *write_all(void *record) {
    Recorder *r = record;
    for (bool last = false; !last;) {
        last = atomic_load(&r->stop);
        if (!write_available(r)) {
            atomic_store(&r->failed, true);
            return NULL;
        }
        if (!last)
            nanosleep(&rest, NULL);
    }
    return NULL;
}

TbStatus tbi_recorder_open(Recorder *r, const char *path, double sample_rate, TbBits bits) {
    atomic_store(&r->stop, false);
    atomic_store(&r->failed, false);
    atomic_store(&r->frames, 0);
    atomic_store(&r->rate, sample_rate);
    r->status = TB_OK;
    if (!tbi_ring_new(&r->ring, 2 * sizeof(float), (size_t)(RING_SECONDS * sample_rate)))
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to record.");
    TbStatus status = tb_audio_writer_new(path, 2, sample_rate, bits, &r->writer);
    if (status == TB_OK && pthread_create(&r->thread, NULL, write_all, r) != 0) {
        tb_audio_writer_discard(r->writer);
        r->writer = NULL;
        status = tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for a thread to record with.");
    }
    r->runs = status == TB_OK;
    if (status)
        tbi_ring_free(&r->ring);
    return status;
}

TbStatus tbi_recorder_close(Recorder *r) {
    if (!r->runs)
        return TB_OK;
    atomic_store(&r->stop, true);
    pthread_join(r->thread, NULL);
    r->runs = false;
    tbi_ring_free(&r->ring);
    if (atomic_load(&r->frames) == 0) {
        tb_audio_writer_discard(r->writer);
        return r->status ? tb_fail(r->status, "%s", r->message)
                         : tb_fail(TB_ERR_EMPTY, "Nothing was played, so there is no recording.");
    }
    TbStatus status = tb_audio_writer_commit(r->writer);
    return r->status ? tb_fail(r->status, "%s", r->message) : status;
}
