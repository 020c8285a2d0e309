/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: the sound device: of JACK, or of whatever PortAudio knows. */
#ifndef TIMBREL_LIVE_DEVICE_H
#define TIMBREL_LIVE_DEVICE_H

#include "live/audio_thread.h"

typedef struct Device Device;

/* A kind of sound system. All CT: nobody but the control thread touches an open device. */
typedef struct {
    /* What can play now, in its order, the usual one marked. */
    size_t (*list)(TbDevice *devices, size_t most);
    TbStatus (*open)(Device *d, AudioThread *thread); /* the one of d->name */
    TbStatus (*start)(Device *d);
    bool (*plays)(const Device *d);
    int (*block)(const Device *d);
    double (*latency)(const Device *d); /* seconds */
    void (*close)(Device *d);
    /* Its MIDI, which comes with the sound; NULL: none. Full names of what could be listened to, of an open device or,
     * for NULL, of any; and listening to one. */
    size_t (*midi)(const Device *d, char (*names)[TB_LIVE_NAME], size_t most);
    bool (*midi_connect)(Device *d, const char *name);
} DeviceKind;

extern const DeviceKind tbi_device_jack, tbi_device_portaudio, tbi_device_null;
/* [..] NULL behind the last: JACK's first, when it runs: the cards are its then. */
extern const DeviceKind *const tbi_device_kinds[];

struct Device {
    const DeviceKind *const *kinds; /* that are looked through: tbi_device_kinds, but in tests */
    void (*mute)(bool on);          /* as in TbLiveOptions */
    char *wanted;                   /* NULL: the usual one; owned */
    double wanted_rate;
    int wanted_block;

    const DeviceKind *kind; /* NULL: none has been opened yet */
    void *open;             /* the kind's own; NULL: not open */
    char name[TB_LIVE_NAME];
    double rate;
    int n_channels;
};

/* Around whatever calls into sound libraries that write to standard error. */
static inline void device_mute(const Device *d, bool on) {
    if (d->mute)
        d->mute(on);
}

/* Opens what is wanted; it is silent, and will render with `thread`. Once it has been open, only what is of the same
 * kind and name is opened again: who plays on JACK waits for JACK, and does not take the card that its server needs. */
TB_NODISCARD TbStatus tbi_device_open(Device *d, AudioThread *thread);
TB_NODISCARD TbStatus tbi_device_start(Device *d);
bool tbi_device_plays(const Device *d);
bool tbi_device_silent(const Device *d);    /* nobody hears it */
int tbi_device_block(const Device *d);      /* samples that are made at once */
double tbi_device_latency(const Device *d); /* seconds */
void tbi_device_close(Device *d);           /* keeps what is wanted */

/* For MIDI that comes with the sound: see DeviceKind. */
size_t tbi_device_midi(const Device *d, char (*names)[TB_LIVE_NAME], size_t most);
bool tbi_device_midi_connect(Device *d, const char *name);

#endif
