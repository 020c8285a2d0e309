/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: the sound device, from JACK or PortAudio. */
#ifndef TIMBREL_LIVE_DEVICE_H
#define TIMBREL_LIVE_DEVICE_H

#include "live/audio_thread.h"

typedef struct Device Device;

/* A kind of sound system. All functions CT: only the control thread touches an open device. */
typedef struct {
    /* Lists the devices that can play now, in the system's order, with the default marked. */
    size_t (*list)(TbDevice *devices, size_t most);
    TbStatus (*open)(Device *d, AudioThread *thread); /* opens d->name */
    TbStatus (*start)(Device *d);
    bool (*plays)(const Device *d);
    int (*block)(const Device *d);
    double (*latency)(const Device *d); /* seconds */
    void (*close)(Device *d);
    /* MIDI that comes with the audio callback; NULL: none. `midi` lists the full names of the inputs of an open device
     * or, for NULL, of any; `midi_connect` connects one. */
    size_t (*midi)(const Device *d, char (*names)[TB_LIVE_NAME], size_t most);
    bool (*midi_connect)(Device *d, const char *name);
} DeviceKind;

extern const DeviceKind tbi_device_jack, tbi_device_portaudio, tbi_device_null;
/* Ends with NULL. JACK is first, since it owns the sound cards when it runs. */
extern const DeviceKind *const tbi_device_kinds[];

struct Device {
    const DeviceKind *const *kinds; /* the kinds to search: tbi_device_kinds, except in tests */
    void (*mute)(bool on);          /* as in TbLiveOptions */
    char *wanted;                   /* owned; NULL: the default; its full name once it has been opened */
    double wanted_rate;
    int wanted_block;

    const DeviceKind *kind; /* NULL: none opened yet */
    void *open;             /* state of the kind; NULL: not open */
    char name[TB_LIVE_NAME];
    double rate;
    int n_channels;
};

/* To be called around calls into libraries that write to standard error. */
static inline void device_mute(const Device *d, bool on) {
    if (d->mute)
        d->mute(on);
}

/* Whether engines and recordings can have this rate, in Hz. */
TB_NODISCARD TbStatus tbi_device_check_rate(double rate);
/* Opens the wanted device, stopped; it will render with `thread`. A device that has been open before is only reopened
 * as the same kind and name: a player on JACK waits for JACK instead of taking the sound card that its server needs. */
TB_NODISCARD TbStatus tbi_device_open(Device *d, AudioThread *thread);
TB_NODISCARD TbStatus tbi_device_start(Device *d);
bool tbi_device_plays(const Device *d);
bool tbi_device_silent(const Device *d);    /* has no audible output */
int tbi_device_block(const Device *d);      /* samples per block */
double tbi_device_latency(const Device *d); /* seconds */
void tbi_device_close(Device *d);           /* keeps the wanted device */

/* See DeviceKind. */
size_t tbi_device_midi(const Device *d, char (*names)[TB_LIVE_NAME], size_t most);
bool tbi_device_midi_connect(Device *d, const char *name);

#endif
