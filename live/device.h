/* Inside of live/: the sound device, by PortAudio.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_LIVE_DEVICE_H
#define TIMBREL_LIVE_DEVICE_H

#include "live/audio_thread.h"

#include <portaudio.h>

typedef struct {
    char *wanted; /* NULL: the usual one; owned */
    double wanted_rate;
    int block;

    PaStream *stream; /* NULL: not open */
    char name[TB_LIVE_NAME];
    double rate;
    int n_channels;
    bool jack;
} Device;

/* Opens what is wanted; the stream is not started, and will render with `thread`. CT */
TbStatus device_open(Device *d, AudioThread *thread);
TbStatus device_start(Device *d); /* CT */
bool device_plays(const Device *d);
double device_latency(const Device *d); /* seconds */
void device_close(Device *d);           /* keeps what is wanted; not for JACK when its server has gone */

#endif
