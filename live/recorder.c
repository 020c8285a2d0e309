/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output is written by a thread that may wait for the disk; a ring connects it with the audio thread. */
#include "live/recorder.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
        r->frames += n;
        atomic_store(&r->seconds, r->seconds_before + (double)r->frames / r->rate);
    }
    return true;
}

static void *write_all(void *record) {
    Recorder *r = record;
    for (bool last = false, failed = false; !last;) {
        last = atomic_load(&r->stop);
        if (failed) { /* empties the ring, which would count frames lost to a slow disk */
            tbi_ring_drop(&r->ring, tbi_ring_count(&r->ring));
        } else if (!write_available(r)) {
            failed = true;
            atomic_store(&r->failed, true);
        }
        if (!last)
            nanosleep(&rest, NULL);
    }
    return NULL;
}

static TbStatus out_of_memory(void) {
    return tbi_no_memory("to record");
}

/* r->file, at r->rate. */
static TbStatus open_file(Recorder *r) {
    atomic_store(&r->stop, false);
    r->seconds_before = atomic_load(&r->seconds);
    r->frames = 0;
    r->status = TB_OK;
    if (!tbi_ring_new(&r->ring, 2 * sizeof(float), (size_t)(RING_SECONDS * r->rate)))
        return out_of_memory();
    TbStatus status = tb_audio_writer_new(r->file, 2, r->rate, r->bits, &r->writer);
    if (status == TB_OK && pthread_create(&r->thread, NULL, write_all, r) != 0) {
        tb_audio_writer_discard(r->writer);
        status = tbi_no_memory("for a thread to record with");
    }
    if (status) {
        tbi_ring_free(&r->ring);
        r->writer = NULL;
    }
    return status;
}

static TbStatus close_file(Recorder *r) {
    atomic_store(&r->stop, true);
    pthread_join(r->thread, NULL);
    tbi_ring_free(&r->ring);
    TbAudioWriter *writer = r->writer;
    r->writer = NULL;
    if (r->frames == 0) {
        tb_audio_writer_discard(writer);
        return r->status ? tb_fail(r->status, "%s", r->message)
                         : tb_fail(TB_ERR_EMPTY, "Nothing was played, so there is no recording.");
    }
    TbStatus status = tb_audio_writer_commit(writer);
    return r->status ? tb_fail(r->status, "%s", r->message) : status;
}

static void forget_names(Recorder *r) {
    free(r->path);
    free(r->file);
    r->path = r->file = NULL;
}

/* *path: the first of "a.wav", "a-2.wav" ... from number n on that no file has; newly allocated. *n: its number. */
static TbStatus free_name(const char *name, int *n, char **path) {
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
    int stem = dot ? (int)(dot - name) : (int)strlen(name);
    for (;; ++*n) {
        if ((*n > 1 ? asprintf(path, "%.*s-%d%s", stem, name, *n, name + stem) : asprintf(path, "%s", name)) < 0) {
            *path = NULL;
            return out_of_memory();
        }
        if (access(*path, F_OK) != 0)
            return TB_OK;
        free(*path);
    }
}

TbStatus tbi_recorder_open(Recorder *r, const char *path, double sample_rate, TbBits bits) {
    atomic_store(&r->failed, false);
    atomic_store(&r->seconds, 0);
    r->rate = sample_rate;
    r->bits = bits;
    r->n_files = 1;
    int number = 1;
    TbStatus status = free_name(path, &number, &r->path);
    r->file = status == TB_OK ? strdup(r->path) : NULL;
    if (status == TB_OK)
        status = r->file ? open_file(r) : out_of_memory();
    r->runs = status == TB_OK;
    if (status)
        forget_names(r);
    return status;
}

/* "a-2.wav" after "a.wav". */
static TbStatus name_next(Recorder *r) {
    char *next;
    int number = r->n_files + 1;
    TbStatus status = free_name(r->path, &number, &next);
    if (status)
        return status;
    free(r->file);
    r->file = next;
    r->n_files++;
    return TB_OK;
}

bool tbi_recorder_go_on(Recorder *r, double sample_rate) {
    TbStatus status = r->writer ? close_file(r) : r->status;
    if (status == TB_OK)
        status = name_next(r);
    else if (status == TB_ERR_EMPTY)
        status = TB_OK;
    r->rate = sample_rate;
    if (status == TB_OK)
        status = open_file(r);
    if (status && !atomic_load(&r->failed)) {
        snprintf(r->message, sizeof r->message, "%s", tb_error_text(status));
        r->status = status;
        atomic_store(&r->failed, true);
    }
    return status == TB_OK;
}

TbStatus tbi_recorder_close(Recorder *r) {
    if (!r->runs)
        return TB_OK;
    TbStatus status = r->writer ? close_file(r) : tb_fail(r->status, "%s", r->message);
    r->runs = false;
    forget_names(r);
    return status == TB_ERR_EMPTY && r->n_files > 1 ? TB_OK : status; /* what was played is in the files before */
}
