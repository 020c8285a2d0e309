/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output is written by a thread that may wait for the disk; a ring connects it with the audio thread. */
#include "live/recorder.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* ---- names ---- */

/* "a.wav" for n = 1, else "a-2.wav" ...; newly allocated, NULL: no memory. */
static char *numbered(const char *path, int n) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    int stem = dot ? (int)(dot - path) : (int)strlen(path);
    char *name;
    if (n == 1)
        return strdup(path);
    return asprintf(&name, "%.*s-%d%s", stem, path, n, path + stem) < 0 ? NULL : name;
}

/* Opens the first of these names from r->number on that no file has: its temporary file reserves it, so that no other
 * player takes it. */
static TbStatus take_name(Recorder *r, char **name) {
    struct stat about;
    if (stat(r->path, &about) == 0 && S_ISDIR(about.st_mode))
        return tb_fail(TB_ERR_IO, "Cannot record to \"%s\": it is a folder.", r->path);
    for (;; r->number++) {
        *name = numbered(r->path, r->number);
        TbStatus status = *name ? tb_audio_writer_new_file(*name, 2, r->rate, r->bits, &r->writer) : out_of_memory();
        if (status == TB_OK)
            return TB_OK;
        free(*name);
        *name = NULL;
        if (status != TB_ERR_BUSY)
            return status;
    }
}

/* ---- files ---- */

/* Opens the next file, at r->rate. On failure r->file stays as it was. */
static TbStatus open_file(Recorder *r) {
    char *name = NULL;
    atomic_store(&r->stop, false);
    r->seconds_before = atomic_load(&r->seconds);
    r->frames = 0;
    r->status = TB_OK;
    if (!tbi_ring_new(&r->ring, 2 * sizeof(float), (size_t)(RING_SECONDS * r->rate)))
        return out_of_memory();
    TbStatus status = take_name(r, &name);
    if (status == TB_OK && pthread_create(&r->thread, NULL, write_all, r) != 0) {
        tb_audio_writer_discard(r->writer);
        status = tbi_no_memory("for a thread to record with");
    }
    if (status) {
        tbi_ring_free(&r->ring);
        r->writer = NULL;
        free(name);
        return status;
    }
    free(r->file);
    r->file = name;
    return TB_OK;
}

static TbStatus close_file(Recorder *r) {
    atomic_store(&r->stop, true);
    pthread_join(r->thread, NULL);
    tbi_ring_free(&r->ring);
    TbAudioWriter *writer = r->writer;
    r->writer = NULL;
    TbStatus status = TB_OK;
    if (r->frames > 0)
        status = tb_audio_writer_commit(writer);
    else
        tb_audio_writer_discard(writer);
    if (r->status)
        return tb_fail(r->status, "%s", r->message);
    return r->frames > 0 ? status : tb_fail(TB_ERR_EMPTY, "Nothing was played, so there is no recording.");
}

static void forget_names(Recorder *r) {
    free(r->path);
    free(r->file);
    r->path = r->file = NULL;
}

TbStatus tbi_recorder_open(Recorder *r, const char *path, double sample_rate, TbBits bits) {
    atomic_store(&r->failed, false);
    atomic_store(&r->seconds, 0);
    r->rate = sample_rate;
    r->bits = bits;
    r->n_files = r->number = 1;
    r->path = strdup(path);
    TbStatus status = r->path ? open_file(r) : out_of_memory();
    r->runs = status == TB_OK;
    if (status)
        forget_names(r);
    return status;
}

bool tbi_recorder_go_on(Recorder *r, double sample_rate) {
    TbStatus status = r->writer ? close_file(r) : r->status;
    bool kept = status == TB_OK;
    r->rate = sample_rate;
    if (kept || status == TB_ERR_EMPTY) {
        r->number += kept;
        status = open_file(r);
        r->n_files += kept && status == TB_OK;
    }
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
