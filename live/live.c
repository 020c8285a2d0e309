// SPDX-License-Identifier: GPL-3.0-or-later
/* A device, MIDI inputs, and a recording, held together by the thread that controls them. */
#include "live/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_SECONDS 2.0 /* between two looks for MIDI inputs */
#define STALLED 3.0      /* seconds without a block: the device has gone, whatever it says */
#define FIRST_WAIT 0.25  /* seconds until a device that has gone is looked for; doubled each time ... */
#define LONGEST_WAIT 4.0 /* ... up to this */
enum { USUAL_BLOCK = 128, LEAST_BLOCK = 16, MOST_BLOCK = 4096 };

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

/* Every input that was named must be there now; later they may come and go. */
static TbStatus check_inputs(const TbLiveOptions *o) {
    TbMidiInput *inputs;
    size_t n;
    TbStatus status = o->n_midi > 0 ? tb_midi_inputs(&inputs, &n) : TB_OK;
    if (status || o->n_midi == 0) {
        return status;
    }
    for (size_t i = 0; status == TB_OK && i < o->n_midi; i++) {
        bool found = false;
        for (size_t k = 0; k < n; k++) {
            found = found || strcasestr(inputs[k].name, o->midi[i]);
        }
        if (!found) {
            status = tb_fail(TB_ERR_NOT_FOUND, "there is no MIDI input \"%s\"; --list-devices names those there are",
                             o->midi[i]);
        }
    }
    free(inputs);
    return status;
}

static TbStatus copy_options(TbLive *l, const TbLiveOptions *o) {
    l->device.wanted_rate = o->sample_rate;
    l->device.block = o->block ? o->block : USUAL_BLOCK;
    if (o->device && !(l->device.wanted = strdup(o->device))) {
        return out_of_memory();
    }
    l->midi.wanted = calloc(o->n_midi + 1, sizeof *l->midi.wanted);
    for (size_t i = 0; l->midi.wanted && i < o->n_midi; i++) {
        if (!(l->midi.wanted[l->midi.n_wanted++] = strdup(o->midi[i]))) {
            return out_of_memory();
        }
    }
    return l->midi.wanted ? TB_OK : out_of_memory();
}

TbStatus tb_live_new(const TbLiveOptions *options, TbLive **live) {
    *live = NULL;
    TbStatus status = check(options);
    if (status == TB_OK) {
        status = check_inputs(options);
    }
    TbLive *l = status == TB_OK ? calloc(1, sizeof *l) : NULL;
    if (!l) {
        return status ? status : out_of_memory();
    }
    status = hands_new(l);
    if (status == TB_OK) {
        status = copy_options(l, options);
    }
    if (status == TB_OK) {
        status = device_open(&l->device, &l->thread);
    }
    if (status == TB_OK) {
        l->thread.rate = l->device.rate;
        l->thread.n_channels = l->device.n_channels;
        l->midi.thread = &l->thread;
        if (options->record) {
            status = tb_live_record(l, options->record, options->bits);
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

const char *tb_live_device(const TbLive *l) {
    return l->device.name;
}

const char *tb_live_midi(const TbLive *l, size_t i) {
    for (int k = 0; k < MIDI_INPUTS; k++) {
        if (l->midi.input[k].port && i-- == 0) {
            return l->midi.input[k].name;
        }
    }
    return NULL;
}

/* ---- playing ---- */

TbStatus tb_live_start(TbLive *l, const TbLivePlay *play) {
    hands_begin(l, play);
    TbStatus status = device_start(&l->device);
    if (status == TB_OK) {
        l->started = true;
        midi_in_open(&l->midi);
        l->moved = live_now();
        l->look_at = l->moved + LOOK_SECONDS;
    }
    return status;
}

/* The engine cannot change its rate, nor the number of its channels. */
static bool reopen(TbLive *l) {
    double rate = l->device.wanted_rate;
    l->device.wanted_rate = l->thread.rate;
    bool open = device_open(&l->device, &l->thread) == TB_OK;
    l->device.wanted_rate = rate;
    if (open && l->device.n_channels == l->thread.n_channels) {
        audio_thread_begin(&l->thread);
        if (device_start(&l->device) == TB_OK) {
            midi_in_open(&l->midi);
            return true;
        }
    }
    device_close(&l->device);
    return false;
}

static bool is_alive(TbLive *l, double now) {
    unsigned long long frames = atomic_load(&l->thread.frames);
    l->moved = frames != l->frames ? now : l->moved;
    l->frames = frames;
    return device_plays(&l->device) && now - l->moved < STALLED;
}

/* PortAudio (19.6) waits ten minutes for an answer of a JACK server that has gone before it lets a stream be closed,
 * and keeps its dead connection until then: such a device stays as it is, silent, until the process ends. */
static void lose(TbLive *l, double now) {
    l->lost = true;
    if (l->device.jack) {
        l->gone = true;
        atomic_store(&l->thread.mute, true);
        return;
    }
    midi_in_close(&l->midi);
    device_close(&l->device);
    l->wait = FIRST_WAIT;
    l->look_at = now + l->wait;
}

void tb_live_tend(TbLive *l) {
    double now = live_now();
    if (!l->started || l->gone) {
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
    double block = l->device.block / a->rate;
    *state = (TbLiveState){
        .lost = l->lost,
        .gone = l->gone,
        .load = l->lost ? 0 : (double)atomic_load(&a->load),
        .worst_load = (double)atomic_load(&a->worst_load),
        .voices = atomic_load(&a->voices),
        .latency = device_latency(&l->device) + block + (double)l->latency / a->rate,
        .xruns = atomic_load(&a->xruns),
        .overruns = atomic_load(&a->overruns),
        .lost_events = atomic_load(&a->lost_events),
        .seconds = (double)atomic_load(&a->frames) / a->rate,
        .recorded = (double)atomic_load(&l->record.frames) / a->rate,
        .lost_frames = atomic_load(&a->lost_frames),
        .record_failed = atomic_load(&l->record.failed),
        .peak = {atomic_load(&a->peak[0]), atomic_load(&a->peak[1])},
    };
    for (int key = 0; key < 128; key++) {
        state->held[key] = atomic_load(&a->held[key / 64]) >> key % 64 & 1;
    }
}

/* ---- ending ---- */

/* What is cut off within a block would click. */
static void fade_out(TbLive *l) {
    double seconds = 0.02 + 2 * l->device.block / l->thread.rate;
    const struct timespec wait = {.tv_nsec = (long)(seconds * 1e9)};
    tb_live_panic(l);
    nanosleep(&wait, NULL);
}

TbStatus tb_live_stop(TbLive *l) {
    if (l->started && !l->lost) {
        fade_out(l);
    }
    if (!l->gone) {
        midi_in_close(&l->midi);
        device_close(&l->device);
    }
    l->started = false;
    return tb_live_record_end(l);
}

void tb_live_free(TbLive *l) {
    if (!l) {
        return;
    }
    tb_live_stop(l);
    if (l->gone) {
        return; /* threads that are not ours still hold it */
    }
    hands_free(l);
    for (size_t i = 0; l->midi.wanted && i < l->midi.n_wanted; i++) {
        free(l->midi.wanted[i]);
    }
    free(l->midi.wanted);
    free(l->device.wanted);
    free(l);
}
