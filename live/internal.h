/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: the whole state of a player. */
#ifndef TIMBREL_LIVE_INTERNAL_H
#define TIMBREL_LIVE_INTERNAL_H

#include "live/audio_thread.h"
#include "live/device.h"
#include "live/midi_input.h"
#include "live/recorder.h"

/* The state of the device and the MIDI inputs, copied for other threads. */
typedef struct {
    char device[TB_LIVE_NAME];
    double sample_rate, latency; /* Hz; seconds from a MIDI message to its output */
    double needed_rate;          /* as in TbLiveState */
    int n_channels, needed_channels, block;
    bool silent, disconnected, realtime;
    char last_error[200];
    double seconds_before;  /* playing time up to the last change of sample rate ... */
    uint64_t frames_before; /* ... and its length in samples */
    TbMidiInput midi[MIDI_INPUTS];
    size_t n_midi;
} LiveSnapshot;

struct TbLive {
    AudioThread thread;
    Device device;
    MidiInput midi;
    Recorder record;
    pthread_mutex_t command_lock;  /* serialises commands; never taken by the audio thread */
    pthread_mutex_t record_lock;   /* the same for recording, which may take long */
    pthread_mutex_t snapshot_lock; /* protects the snapshot; held only while it is copied, never by the audio thread */
    LiveSnapshot snapshot;
    char record_file[TB_LIVE_NAME]; /* as in TbLiveState; protected by snapshot_lock too */
    int record_files;
    bool swapping;       /* the old engine has not retired yet */
    TbEngine *latest;    /* the engine that plays, or the one pending */
    double needed_rate;  /* of an engine, for the device as last opened; written by the control thread with the ... */
    int needed_channels; /* ... command lock held */

    /* owned by the control thread */
    size_t latency; /* of the engine, in samples */
    bool started, disconnected;
    char last_error[200];      /* why a lost device cannot be reopened */
    unsigned long long frames; /* count at the time `moved`, when it last increased */
    double moved;
    uint64_t frames_before; /* as in the snapshot */
    double seconds_before;
    double wait, check_at; /* seconds; time of the next check for the device or for inputs */
};

/* tb_live_new with other kinds of devices, for tests. OFF */
TB_NODISCARD TbStatus tbi_live_new_of(const TbLiveOptions *options, const DeviceKind *const *kinds, TbLive **live);
/* Updates the snapshot of the device and the MIDI inputs. CT */
void tbi_live_publish(TbLive *live);

/* The device has begun to play. CT */
void tbi_reconnect_begin(TbLive *live);
/* To be called often while it plays: reopens a device that has gone, and scans for MIDI inputs. CT */
void tbi_reconnect_look(TbLive *live);

/* Creates queues and locks and sets defaults. OFF */
TB_NODISCARD TbStatus tbi_commands_new(TbLive *live);
void tbi_commands_free(TbLive *live);
/* Sets what plays first, before the audio thread starts. CT */
void tbi_commands_begin(TbLive *live, const TbLivePlay *play);
/* The device now needs an engine of this rate and this number of channels; others are refused from here on. Returns
 * whether the engine that plays, or the next one, matches. CT */
bool tbi_commands_need(TbLive *live, double rate, int n_channels);
/* Sets the sample rate of a device that has come back; a recording under way goes on in another file. CT */
void tbi_commands_set_rate(TbLive *live, double rate);

/* Whether the engine renders at this sample rate (Hz) and for this many channels. */
static inline bool engine_suits(const TbEngine *engine, double rate, int n_channels) {
    return tb_engine_sample_rate(engine) == rate && tb_engine_channels(engine) == n_channels;
}

#endif
