/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: all that is held together. */
#ifndef TIMBREL_LIVE_INTERNAL_H
#define TIMBREL_LIVE_INTERNAL_H

#include "live/audio_thread.h"
#include "live/device.h"
#include "live/midi_input.h"
#include "live/recorder.h"

/* What the control thread knows of the device and of MIDI inputs, copied for all others. */
typedef struct {
    char device[TB_LIVE_NAME];
    double sample_rate, latency; /* Hz; seconds from a key to its sound */
    int n_channels, block;
    bool silent, lost, realtime;
    char last_error[200];
    double seconds_before;  /* played until the rate changed last ... */
    uint64_t frames_before; /* ... in so many samples */
    TbMidiInput midi[MIDI_INPUTS];
    size_t n_midi;
} LiveSnapshot;

struct TbLive {
    AudioThread thread;
    Device device;
    MidiInput midi;
    Recorder record;
    pthread_mutex_t command_lock; /* among those that call; the audio thread knows nothing of it */
    pthread_mutex_t record_lock;  /* the same, for what may take long */
    pthread_mutex_t looking; /* of the snapshot, held for a copy; the audio thread knows nothing of this one either */
    LiveSnapshot snapshot;
    bool swapping; /* an engine is on its way out */

    /* of the control thread alone */
    size_t latency; /* samples: of the engine */
    bool started, lost;
    char last_error[200];      /* why a device that was lost cannot be used */
    unsigned long long frames; /* when they last were more, at `moved` */
    double moved;
    uint64_t frames_before; /* as in the snapshot */
    double seconds_before;
    double wait, check_at; /* seconds; when to look next, for the device or for inputs */
};

/* tb_live_new with other kinds of devices, for tests. OFF */
TB_NODISCARD TbStatus tbi_live_new_of(const TbLiveOptions *options, const DeviceKind *const *kinds, TbLive **live);
/* Makes a new snapshot of the device and the MIDI inputs. CT */
void tbi_live_publish(TbLive *live);
/* Hz, and channels, as in the snapshot. Any thread but the audio thread */
double tbi_live_sample_rate(TbLive *live, int *n_channels);

/* What hands need: the queues, and everything usual. OFF */
TB_NODISCARD TbStatus tbi_commands_new(TbLive *live);
void tbi_commands_free(TbLive *live);
/* What plays from the start, before the audio thread does. CT */
void tbi_commands_begin(TbLive *live, const TbLivePlay *play);

#endif
