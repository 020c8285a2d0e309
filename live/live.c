/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control thread: opens, starts, checks, reopens and closes the device and the MIDI inputs. */
#include "base/clock.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "live/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_SECONDS 2.0 /* interval of scans for MIDI inputs */
#define STALLED 3.0      /* seconds without a block after which the device counts as lost */
#define FIRST_WAIT 0.25  /* seconds until the first attempt to reopen a lost device; doubled each time ... */
#define LONGEST_WAIT 4.0 /* ... up to this */
enum { USUAL_BLOCK = 128, LEAST_BLOCK = 16, MOST_BLOCK = 4096 };

/* ---- creation ---- */

static TbStatus out_of_memory(void) {
    return tbi_no_memory("to play");
}

static TbStatus check(const TbLiveOptions *o) {
    if (o->sample_rate != 0 && !(o->sample_rate >= 8000 && o->sample_rate <= 192000))
        return tb_fail(TB_ERR_ARGUMENT, "The sample rate must be from 8 kHz to 192 kHz.");
    if (o->block != 0 && (o->block < LEAST_BLOCK || o->block > MOST_BLOCK))
        return tb_fail(TB_ERR_ARGUMENT, "A block must have %d to %d samples.", LEAST_BLOCK, MOST_BLOCK);
    return TB_OK;
}

static TbStatus copy_options(TbLive *l, const TbLiveOptions *o) {
    l->device.wanted_rate = o->sample_rate;
    l->device.wanted_block = o->block ? o->block : USUAL_BLOCK;
    if (o->device && !(l->device.wanted = strdup(o->device)))
        return out_of_memory();
    l->midi.wanted = calloc(o->n_midi + 1, sizeof *l->midi.wanted);
    for (size_t i = 0; l->midi.wanted && i < o->n_midi; i++)
        if (!(l->midi.wanted[l->midi.n_wanted++] = strdup(o->midi[i])))
            return out_of_memory();
    return l->midi.wanted ? TB_OK : out_of_memory();
}

TbStatus tbi_live_new_of(const TbLiveOptions *given, const DeviceKind *const *kinds, TbLive **live) {
    TbLiveOptions own, *options = &own;
    *live = NULL;
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    status = status ? status : check(options);
    TbLive *l = status == TB_OK ? calloc(1, sizeof *l) : NULL;
    if (!l)
        return status ? status : out_of_memory();
    l->device.kinds = kinds;
    l->device.mute = options->mute;
    l->midi.thread = &l->thread;
    l->midi.device = &l->device;
    status = tbi_commands_new(l);
    if (status == TB_OK)
        status = copy_options(l, options);
    if (status == TB_OK)
        status = tbi_device_open(&l->device, &l->thread);
    if (status == TB_OK)
        status =
            tbi_midi_input_check(&l->midi); /* inputs named in the options must exist now; later they may come and go */
    if (status == TB_OK) {
        l->thread.rate = l->needed_rate = l->device.rate;
        l->thread.n_channels = l->needed_channels = l->device.n_channels;
        tbi_live_publish(l);
        *live = l;
    } else {
        tb_live_free(l);
    }
    return status;
}

TbStatus tb_live_new(const TbLiveOptions *options, TbLive **live) {
    return tbi_live_new_of(options, tbi_device_kinds, live);
}

/* ---- playing ---- */

TbStatus tb_live_start(TbLive *l, const TbLivePlay *play) {
    tbi_commands_begin(l, play);
    TbStatus status = tbi_device_start(&l->device);
    if (status == TB_OK) {
        l->started = true;
        tbi_midi_input_open(&l->midi);
        l->moved = tbi_now();
        l->check_at = l->moved + LOOK_SECONDS;
        tbi_live_publish(l);
    }
    return status;
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
    a->rate = tb_engine_sample_rate(a->play.engine);
    a->n_channels = tb_engine_channels(a->play.engine);
    l->latency = tb_engine_latency(a->play.engine);
    tbi_commands_split_recording(l);
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
    return status ? status : check(&(TbLiveOptions){.sample_rate = l->device.rate});
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
    l->lost = true;
    tbi_midi_input_close(&l->midi);
    tbi_device_close(&l->device);
    tbi_audio_thread_rest(&l->thread);
    l->wait = FIRST_WAIT;
    l->check_at = now + l->wait;
}

static void look(TbLive *l) {
    double now = tbi_now();
    if (!l->lost && !is_alive(l, now))
        lose(l, now);
    if (l->lost)
        take_changes(l);
    if (now < l->check_at) {
        return;
    } else if (l->lost) {
        l->lost = !reopen(l);
        l->moved = tbi_now();
        l->wait = fmin(2 * l->wait, LONGEST_WAIT);
        l->check_at = tbi_now() + (l->lost ? l->wait : LOOK_SECONDS);
    } else {
        tbi_midi_input_scan(&l->midi);
        l->check_at = now + LOOK_SECONDS;
    }
}

void tb_live_poll(TbLive *l) {
    if (l->started) {
        look(l);
        tbi_live_publish(l);
    }
}

/* ---- stop ---- */

/* Stopping abruptly would click. */
static void fade_out(TbLive *l) {
    double seconds = 0.02 + 2 * tbi_device_block(&l->device) / l->thread.rate;
    double whole = floor(seconds); /* large blocks at low rates take more than a second */
    const struct timespec wait = {.tv_sec = (time_t)whole, .tv_nsec = (long)((seconds - whole) * 1e9)};
    tb_live_panic(l);
    nanosleep(&wait, NULL);
}

TbStatus tb_live_stop(TbLive *l) {
    if (l->started && !l->lost)
        fade_out(l);
    tbi_midi_input_close(&l->midi);
    tbi_device_close(&l->device);
    l->started = false;
    tbi_live_publish(l);
    return tb_live_record_stop(l);
}

void tb_live_free(TbLive *l) {
    if (!l)
        return;
    tb_ignore(tb_live_stop(l)); /* callers that need the recording's status call tb_live_stop first */
    tbi_commands_free(l);
    for (size_t i = 0; l->midi.wanted && i < l->midi.n_wanted; i++)
        free(l->midi.wanted[i]);
    free(l->midi.wanted);
    free(l->device.wanted);
    free(l);
}
