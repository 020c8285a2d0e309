/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps a player connected: notices that the device has gone and reopens it, perhaps at another sample rate, once it is
 * back; finds MIDI inputs that come and go. */
#include "base/clock.h"
#include "live/internal.h"

#include <math.h>
#include <stdio.h>

#define LOOK_SECONDS 2.0 /* interval of scans for MIDI inputs */
#define STALLED 3.0      /* seconds without a block after which the device counts as lost */
#define FIRST_WAIT 0.25  /* seconds until the first attempt to reopen a lost device; doubled each time ... */
#define LONGEST_WAIT 4.0 /* ... up to this */

void tbi_reconnect_begin(TbLive *l) {
    l->moved = tbi_now();
    l->check_at = l->moved + LOOK_SECONDS;
}

/* While no audio thread runs. reopen() has asked for an engine of another sample rate or number of channels. */
static void take_changes(TbLive *l) {
    AudioThread *a = &l->thread;
    tbi_events_take_changes(a);
    if (engine_suits(a->play.engine, a->rate, a->n_channels))
        return;
    uint64_t frames = atomic_load(&a->frames);
    l->seconds_before += (double)(frames - l->frames_before) / a->rate;
    l->frames_before = frames;
    double rate = tb_engine_sample_rate(a->play.engine);
    a->n_channels = tb_engine_channels(a->play.engine);
    l->latency = tb_engine_latency(a->play.engine);
    tbi_commands_set_rate(l, rate);
    l->check_at = 0; /* the device waits for this */
}

/* At the same sample rate if possible, else at the device's own. */
static TbStatus open_again(TbLive *l) {
    double rate = l->device.wanted_rate;
    l->device.wanted_rate = l->thread.rate;
    TbStatus status = tbi_device_open(&l->device, &l->thread);
    l->device.wanted_rate = 0;
    if (status == TB_ERR_UNSUPPORTED)
        status = tbi_device_open(&l->device, &l->thread);
    l->device.wanted_rate = rate;
    return status ? status : tbi_device_check_rate(l->device.rate);
}

/* False: it is not back, or the engine for its new rate is not there yet. */
static bool reopen(TbLive *l) {
    TbStatus status = open_again(l);
    bool suits = status == TB_OK && tbi_commands_need(l, l->device.rate, l->device.n_channels);
    if (suits) {
        take_changes(l); /* the engine may have come just now */
        tbi_audio_thread_begin(&l->thread);
        status = tbi_device_start(&l->device);
    }
    if (suits && status == TB_OK)
        tbi_midi_input_open(&l->midi);
    else
        tbi_device_close(&l->device);
    snprintf(l->last_error, sizeof l->last_error, "%s",
             status && status != TB_ERR_NOT_FOUND ? tb_error_text(status) : "");
    return suits && status == TB_OK;
}

static bool is_alive(TbLive *l, double now) {
    unsigned long long frames = atomic_load(&l->thread.frames);
    l->moved = frames != l->frames ? now : l->moved;
    l->frames = frames;
    return tbi_device_plays(&l->device) && now - l->moved < STALLED;
}

static void lose(TbLive *l, double now) {
    l->disconnected = true;
    tbi_midi_input_close(&l->midi);
    tbi_device_close(&l->device);
    tbi_audio_thread_rest(&l->thread);
    l->wait = FIRST_WAIT;
    l->check_at = now + l->wait;
}

void tbi_reconnect_look(TbLive *l) {
    double now = tbi_now();
    if (!l->disconnected && !is_alive(l, now))
        lose(l, now);
    if (l->disconnected)
        take_changes(l);
    if (now < l->check_at)
        return;
    if (l->disconnected && reopen(l)) {
        l->disconnected = false;
        tbi_reconnect_begin(l);
    } else if (l->disconnected) {
        l->wait = fmin(2 * l->wait, LONGEST_WAIT);
        l->check_at = tbi_now() + l->wait;
    } else {
        tbi_midi_input_scan(&l->midi);
        l->check_at = now + LOOK_SECONDS;
    }
}
