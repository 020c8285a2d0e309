/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control thread: opens, starts and closes the device and the MIDI inputs. */
#include "base/no_memory.h"
#include "base/options.h"
#include "live/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { USUAL_BLOCK = 128, LEAST_BLOCK = 16, MOST_BLOCK = 4096 };

/* ---- creation ---- */

static TbStatus out_of_memory(void) {
    return tbi_no_memory("to play");
}

static TbStatus check(const TbLiveOptions *o) {
    TbStatus status = o->sample_rate == 0 ? TB_OK : tbi_device_check_rate(o->sample_rate);
    if (status == TB_OK && o->block != 0 && (o->block < LEAST_BLOCK || o->block > MOST_BLOCK))
        status = tb_fail(TB_ERR_ARGUMENT, "A block must have %d to %d samples.", LEAST_BLOCK, MOST_BLOCK);
    return status;
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
        tbi_reconnect_begin(l);
        tbi_live_publish(l);
    }
    return status;
}

void tb_live_poll(TbLive *l) {
    if (l->started) {
        tbi_reconnect_look(l);
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
    if (l->started && !l->disconnected)
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
