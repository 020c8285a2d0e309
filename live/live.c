// SPDX-License-Identifier: GPL-3.0-or-later
/* A device, MIDI inputs, and a recording, held together by the thread that controls them. */
#include "live/live.h"
#include "live/audio_thread.h"
#include "live/device.h"
#include "live/midi_in.h"
#include "live/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_SECONDS 2.0 /* between two looks for MIDI inputs */
#define STALLED 3.0      /* seconds without a block: the device has gone, whatever it says */
#define FIRST_WAIT 0.25  /* seconds until a device that has gone is looked for; doubled each time ... */
#define LONGEST_WAIT 4.0 /* ... up to this */
enum { CC_SILENCE = 120, EVENTS = 1024, USUAL_BLOCK = 128, LEAST_BLOCK = 16, MOST_BLOCK = 4096 };

struct TbLive {
    AudioThread thread;
    Device device;
    MidiIn midi;
    Record record;
    bool started, lost;
    char trouble[200];
    unsigned long long frames; /* when they last were more, at `moved` */
    double moved;
    double wait, look_at; /* seconds; when to look next, for the device or for inputs */
};

/* ---- making ---- */

static TbStatus out_of_memory(void) {
    return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to play.");
}

static TbStatus check(const TbLiveOptions *o) {
    if (o->sample_rate != 0 && !(o->sample_rate >= 8000 && o->sample_rate <= 192000)) {
        return tb_fail(TB_ERR_ARGUMENT, "Sample rates go from 8 kHz to 192 kHz.");
    }
    if (o->block != 0 && (o->block < LEAST_BLOCK || o->block > MOST_BLOCK)) {
        return tb_fail(TB_ERR_ARGUMENT, "Blocks have %d to %d samples.", LEAST_BLOCK, MOST_BLOCK);
    }
    return TB_OK;
}

static TbStatus copy_options(TbLive *l, const TbLiveOptions *o) {
    l->device.wanted_rate = o->sample_rate;
    l->device.wanted_block = o->block ? o->block : USUAL_BLOCK;
    if (o->device && !(l->device.wanted = strdup(o->device))) {
        return out_of_memory();
    }
    l->midi.wanted = calloc(o->n_midi + 1, sizeof *l->midi.wanted);
    for (size_t i = 0; l->midi.wanted && i < o->n_midi; i++) {
        if (!(l->midi.wanted[l->midi.n_wanted++] = strdup(o->midi[i]))) {
            return out_of_memory();
        }
    }
    for (int i = 0; i < SOURCES; i++) {
        if (!ring_new(&l->thread.source[i], sizeof(LiveEvent), EVENTS)) {
            return out_of_memory();
        }
    }
    return l->midi.wanted ? TB_OK : out_of_memory();
}

TbStatus tb_live_new(const TbLiveOptions *options, TbLive **live) {
    *live = NULL;
    TbStatus status = check(options);
    TbLive *l = status == TB_OK ? calloc(1, sizeof *l) : NULL;
    if (!l) {
        return status ? status : out_of_memory();
    }
    status = copy_options(l, options);
    if (status == TB_OK) {
        status = device_open(&l->device, &l->thread);
    }
    if (status == TB_OK) {
        l->midi.thread = &l->thread;
        l->midi.device = &l->device;
        status = midi_in_check(&l->midi); /* all that were named must be there now; later they may come and go */
    }
    if (status == TB_OK) {
        l->thread.rate = l->device.rate;
        l->thread.n_channels = l->device.n_channels;
        if (options->record) {
            status = record_open(&l->record, options->record, l->device.rate, options->bits);
            l->thread.record = &l->record.ring;
        }
    }
    if (status) {
        tb_live_free(l);
        return status;
    }
    *live = l;
    return TB_OK;
}

double tb_live_sample_rate(const TbLive *l) {
    return l->thread.rate;
}

int tb_live_channels(const TbLive *l) {
    return l->thread.n_channels;
}

int tb_live_block(const TbLive *l) {
    return device_block(&l->device);
}

const char *tb_live_device(const TbLive *l) {
    return l->device.name;
}

const char *tb_live_midi(const TbLive *l, size_t i) {
    for (int k = 0; k < MIDI_INPUTS; k++) {
        if (*l->midi.input[k].name && i-- == 0) {
            return l->midi.input[k].name;
        }
    }
    return NULL;
}

/* ---- playing ---- */

TbStatus tb_live_start(TbLive *l, const TbLivePlay *play) {
    l->thread.play = *play;
    l->thread.x = l->thread.y = play->n_corners > 1 ? 0.5f : 0;
    audio_thread_begin(&l->thread);
    TbStatus status = device_start(&l->device);
    if (status == TB_OK) {
        l->started = true;
        midi_in_open(&l->midi);
        l->moved = live_now();
        l->look_at = l->moved + LOOK_SECONDS;
    }
    return status;
}

bool tb_live_send(TbLive *l, const uint8_t *message, size_t n_bytes) {
    return audio_thread_send(&l->thread, 0, message, n_bytes);
}

/* The engine cannot change its rate, nor the number of its channels. */
static bool reopen(TbLive *l) {
    double rate = l->device.wanted_rate;
    l->device.wanted_rate = l->thread.rate;
    TbStatus status = device_open(&l->device, &l->thread);
    l->device.wanted_rate = rate;
    if (status == TB_OK && l->device.n_channels != l->thread.n_channels) {
        status = tb_fail(TB_ERR_UNSUPPORTED, "%s has %d channels now, not %d; start anew to play on it", l->device.name,
                         l->device.n_channels, l->thread.n_channels);
    }
    if (status == TB_OK) {
        audio_thread_begin(&l->thread);
        status = device_start(&l->device);
    }
    if (status == TB_OK) {
        midi_in_open(&l->midi);
    } else {
        device_close(&l->device);
    }
    snprintf(l->trouble, sizeof l->trouble, "%s", status && status != TB_ERR_NOT_FOUND ? tb_error_detail() : "");
    return status == TB_OK;
}

static bool is_alive(TbLive *l, double now) {
    unsigned long long frames = atomic_load(&l->thread.frames);
    l->moved = frames != l->frames ? now : l->moved;
    l->frames = frames;
    return device_plays(&l->device) && now - l->moved < STALLED;
}

static void lose(TbLive *l, double now) {
    l->lost = true;
    midi_in_close(&l->midi);
    device_close(&l->device);
    l->wait = FIRST_WAIT;
    l->look_at = now + l->wait;
}

void tb_live_tend(TbLive *l) {
    double now = live_now();
    if (!l->started) {
        return;
    }
    if (!l->lost && !is_alive(l, now)) {
        lose(l, now);
    } else if (now < l->look_at) {
        return;
    } else if (l->lost) {
        l->lost = !reopen(l);
        l->moved = live_now();
        l->wait = fmin(2 * l->wait, LONGEST_WAIT);
        l->look_at = live_now() + (l->lost ? l->wait : LOOK_SECONDS);
    } else {
        midi_in_look(&l->midi);
        l->look_at = now + LOOK_SECONDS;
    }
}

void tb_live_state(TbLive *l, TbLiveState *state) {
    AudioThread *a = &l->thread;
    double block = device_block(&l->device) / a->rate;
    *state = (TbLiveState){
        .lost = l->lost,
        .load = l->lost ? 0 : (double)atomic_load(&a->load),
        .worst_load = (double)atomic_load(&a->worst_load),
        .voices = atomic_load(&a->voices),
        .latency = device_latency(&l->device) + block +
                   (double)(a->play.engine ? tb_engine_latency(a->play.engine) : 0) / a->rate,
        .xruns = atomic_load(&a->xruns),
        .overruns = atomic_load(&a->overruns),
        .waits = atomic_load(&a->waits),
        .lost_events = atomic_load(&a->lost_events),
        .seconds = (double)atomic_load(&a->frames) / a->rate,
        .recorded = (double)atomic_load(&l->record.frames) / a->rate,
        .lost_frames = atomic_load(&a->lost_frames),
        .record_failed = atomic_load(&l->record.failed),
        .x = atomic_load(&a->pad_x),
        .y = atomic_load(&a->pad_y),
    };
    snprintf(state->trouble, sizeof state->trouble, "%s", l->trouble);
}

/* ---- ending ---- */

/* What is cut off within a block would click. */
static void fade_out(TbLive *l) {
    double seconds = 0.02 + 2 * device_block(&l->device) / l->thread.rate;
    const struct timespec wait = {.tv_nsec = (long)(seconds * 1e9)};
    for (int c = 0; c < TB_CHANNELS; c++) {
        tb_live_send(l, (const uint8_t[]){(uint8_t)(0xb0 | c), CC_SILENCE, 0}, 3);
    }
    nanosleep(&wait, NULL);
}

TbStatus tb_live_stop(TbLive *l) {
    if (l->started && !l->lost) {
        fade_out(l);
    }
    midi_in_close(&l->midi);
    device_close(&l->device);
    l->started = false;
    return record_close(&l->record);
}

void tb_live_free(TbLive *l) {
    if (!l) {
        return;
    }
    tb_live_stop(l);
    for (int i = 0; i < SOURCES; i++) {
        ring_free(&l->thread.source[i]);
    }
    for (size_t i = 0; l->midi.wanted && i < l->midi.n_wanted; i++) {
        free(l->midi.wanted[i]);
    }
    free(l->midi.wanted);
    free(l->device.wanted);
    free(l);
}
