/* Inside of live/: all that is held together. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_LIVE_INSIDE_H
#define TIMBREL_LIVE_INSIDE_H

#include "live/audio_thread.h"
#include "live/device.h"
#include "live/midi_in.h"
#include "live/record.h"

struct TbLive {
    AudioThread thread;
    Device device;
    MidiIn midi;
    Record record;
    pthread_mutex_t hands;     /* among those that call; the audio thread knows nothing of it */
    pthread_mutex_t recording; /* the same, for what may take long */
    bool swapping;             /* an engine is on its way out */
    size_t latency;            /* samples: of the engine */
    bool started, lost;
    char trouble[200];         /* why a device that was lost cannot be used */
    unsigned long long frames; /* when they last were more, at `moved` */
    double moved;
    double wait, look_at; /* seconds; when to look next, for the device or for inputs */
};

/* What hands need: the queues, and everything usual. OFF */
TB_NODISCARD TbStatus hands_new(TbLive *live);
void hands_free(TbLive *live);
/* What plays from the start, before the audio thread does. CT */
void hands_begin(TbLive *live, const TbLivePlay *play);

#endif
