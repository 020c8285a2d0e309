/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of live/: a sound device that appears and disappears, with any sample rate and number of channels. */
#ifndef TIMBREL_TESTS_FAKE_DEVICE_H
#define TIMBREL_TESTS_FAKE_DEVICE_H

#include "live/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAKE_BLOCK = 128, FAKE_REST = 500 /* microseconds between blocks */ };
#define FAKE_NAME "Fake: one"
#define FAKE_MIDI "Fake: keys"

/* The simulated hardware, set by the test. */
static atomic_bool fake_there, fake_second; /* second: another device, whose name begins alike, is the default */
static atomic_int fake_rate, fake_channels, fake_opened;

typedef struct {
    AudioThread *thread;
    pthread_t self;
    bool started;
    atomic_bool stop;
    int n_channels;
    double latency;
    float frames[2 * FAKE_BLOCK];
} Fake;

static size_t fake_list(TbDevice *devices, size_t most) {
    size_t n = 0;
    const TbDevice device = {
        .n_channels = atomic_load(&fake_channels), .sample_rate = atomic_load(&fake_rate), .is_default = true};
    if (atomic_load(&fake_second) && n < most) {
        devices[n] = device;
        snprintf(devices[n++].name, TB_LIVE_NAME, "%s and two", FAKE_NAME);
    }
    if (atomic_load(&fake_there) && n < most) {
        devices[n] = device;
        snprintf(devices[n++].name, TB_LIVE_NAME, "%s", FAKE_NAME);
    }
    return n;
}

static TbStatus fake_open(Device *d, AudioThread *thread) {
    Fake *f = d->open = calloc(1, sizeof *f);
    if (!f)
        return TB_ERR_NO_MEMORY;
    d->rate = atomic_load(&fake_rate);
    d->n_channels = f->n_channels = atomic_load(&fake_channels);
    f->thread = thread;
    f->latency = 0.25;
    atomic_fetch_add(&fake_opened, 1);
    return TB_OK;
}

/* The thread may end before it is joined. */
static void *fake_play(void *context) {
    Fake *f = context;
    while (!atomic_load(&f->stop) && atomic_load(&fake_there)) {
        tbi_audio_thread_block(f->thread, f->frames, FAKE_BLOCK, false);
        usleep(FAKE_REST);
    }
    return NULL;
}

static TbStatus fake_start(Device *d) {
    Fake *f = d->open;
    f->started = pthread_create(&f->self, NULL, fake_play, f) == 0;
    return f->started ? TB_OK : TB_ERR_IO;
}

static bool fake_plays(const Device *d) {
    const Fake *f = d->open;
    return f->started && atomic_load(&fake_there);
}

static int fake_block(const Device *d) {
    return d->open ? FAKE_BLOCK : 0;
}

static double fake_latency(const Device *d) {
    const Fake *f = d->open;
    return f->latency;
}

static void fake_close(Device *d) {
    Fake *f = d->open;
    atomic_store(&f->stop, true);
    if (f->started)
        pthread_join(f->self, NULL);
    memset(f, 0xff, sizeof *f);
    free(f);
}

static size_t fake_midi(const Device *d, char (*names)[TB_LIVE_NAME], size_t most) {
    const Fake *f = d->open;
    return f->started && most > 0 && snprintf(*names, TB_LIVE_NAME, FAKE_MIDI) > 0;
}

static bool fake_midi_connect(Device *d, const char *name) {
    const Fake *f = d->open;
    return f->started && strcmp(name, FAKE_MIDI) == 0;
}

static const DeviceKind device_fake = {fake_list,    fake_open,  fake_start, fake_plays,       fake_block,
                                       fake_latency, fake_close, fake_midi,  fake_midi_connect};
static const DeviceKind *const fake_kinds[] = {&device_fake, NULL};

static inline void fake_is(bool there, int rate, int n_channels) {
    atomic_store(&fake_rate, rate);
    atomic_store(&fake_channels, n_channels);
    atomic_store(&fake_there, there);
}

#endif
