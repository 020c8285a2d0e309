/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A silent device for machines without sound: a thread renders blocks at the pace of the monotonic clock and discards
 * them. Late blocks are caught up, so that a recording has no gap. */
#include "base/clock.h"
#include "base/no_memory.h"
#include "live/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define USUAL_RATE 48000.0
#define GIVEN_UP 1.0 /* seconds; longer delays, as after suspend, are skipped */
enum { CHANNELS = 2, MOST_BLOCK = 4096 };

typedef struct {
    AudioThread *thread;
    pthread_t self;
    bool started;
    atomic_bool stop;
    int block;
    double rate;
    float frames[CHANNELS * MOST_BLOCK];
} Null;

static size_t list(TbDevice *devices, size_t most) {
    if (most == 0)
        return 0;
    *devices = (TbDevice){.n_channels = CHANNELS, .sample_rate = USUAL_RATE, .silent = true};
    snprintf(devices->name, sizeof devices->name, TB_LIVE_SILENT " (silent)");
    return 1;
}

static TbStatus open_null(Device *d, AudioThread *thread) {
    Null *n = d->open = calloc(1, sizeof *n);
    if (!n)
        return tbi_no_memory("to play");
    d->rate = d->wanted_rate > 0 ? d->wanted_rate : USUAL_RATE;
    d->n_channels = CHANNELS;
    n->thread = thread;
    n->rate = d->rate;
    n->block = d->wanted_block;
    return TB_OK;
}

static void sleep_until(double time) {
    const struct timespec t = {.tv_sec = (time_t)time, .tv_nsec = (long)(1e9 * (time - (double)(time_t)time))};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

static void *render(void *null) {
    Null *n = null;
    double begun = tbi_now();
    for (uint64_t blocks = 0; !atomic_load(&n->stop); blocks++) {
        double due = begun + (double)blocks * n->block / n->rate, late = tbi_now() - due;
        if (late < 0)
            sleep_until(due);
        tbi_audio_thread_block(n->thread, n->frames, (size_t)n->block, late > GIVEN_UP);
        begun += late > GIVEN_UP ? late : 0;
    }
    return NULL;
}

static TbStatus start(Device *d) {
    Null *n = d->open;
    n->started = pthread_create(&n->self, NULL, render, n) == 0;
    return n->started ? TB_OK : tbi_no_memory("for a thread to play with");
}

static bool plays(const Device *d) {
    const Null *n = d->open;
    return n->started;
}

static int block(const Device *d) {
    const Null *n = d->open;
    return n->block;
}

static double latency(const Device *d) {
    (void)d;
    return 0;
}

static void close_null(Device *d) {
    Null *n = d->open;
    atomic_store(&n->stop, true);
    if (n->started)
        pthread_join(n->self, NULL);
    free(n);
}

const DeviceKind tbi_device_null = {list, open_null, start, plays, block, latency, close_null, NULL, NULL};
