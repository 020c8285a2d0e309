/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: the audio thread and the state that it shares with other threads. */
#ifndef TIMBREL_LIVE_AUDIO_THREAD_H
#define TIMBREL_LIVE_AUDIO_THREAD_H

#include "base/ring.h"
#include "live/dll.h"
#include "timbrel/live.h"

#include <pthread.h>
#include <stdatomic.h>

/* Sources of messages: 0 is tb_live_send, 1 the device's own MIDI, the others MIDI inputs with a thread each. */
enum { SOURCE_DEVICE = 1, SOURCES = 67, CHUNK = 256 };
enum {
    CHANGES = 8,  /* pending changes of instruments */
    TRACKED = 64, /* instruments in use at once */
    OUTPUT_RING = 2 * TB_LIVE_OUTPUT,
    CONTROLLERS = 128,
};

typedef struct {
    double time;    /* arrival, in seconds of the monotonic clock; or */
    int64_t sample; /* the exact sample; -1: unknown */
    uint8_t message[TB_SONG_MESSAGE];
    uint8_t n_bytes;
} LiveEvent;

/* A change of the corners, or of the whole engine. */
typedef struct {
    TbEngine *engine; /* NULL: only the corners change */
    const TbInstrument *corner[TB_PARTS];
    int tracked[TB_PARTS]; /* indices of the corners in AudioThread.tracked */
    int n;
} EngineChange;

/* An instrument that may be in use. Its slot is free when no change is pending and the engine does not use it. */
typedef struct {
    const TbInstrument *instrument;
    atomic_int pending; /* changes in the queue that bring it */
    atomic_bool used;   /* written by the audio thread only, once it runs */
} TrackedInstrument;

typedef struct {
    /* set before the stream starts */
    TbLivePlay play; /* a change may replace the engine */
    int n_channels;
    double rate;

    /* owned by the audio thread */
    Dll clock;
    uint64_t sample;                /* at the start of the next block */
    uint64_t latest[SOURCES];       /* sample of each source's latest event, which keeps them in order */
    int first_source;               /* source to be served first, in rotation */
    int next_check;                 /* index of the instrument to be checked next */
    float applied[TB_CONTROLS];     /* values of the engine's controls */
    int8_t last_value[CONTROLLERS]; /* of each controller; -1: unknown */
    bool engaged[CONTROLLERS];      /* it has taken over its control */
    float left[CHUNK], right[CHUNK], interleaved[2 * CHUNK];
    float smooth_load, worst, meter[2];

    /* written by other threads */
    Ring source[SOURCES]; /* of LiveEvent */
    Ring changes;         /* of EngineChange */
    TrackedInstrument tracked[TRACKED];
    atomic_bool lost[SOURCES]; /* a queue was full or an input has gone: note-offs may be missing */
    atomic_bool mute;          /* `play` must not be touched */
    atomic_bool panic;
    _Atomic(Ring *) record; /* of stereo frames; NULL: not recording */

    /* written on both sides */
    _Atomic float control[TB_CONTROLS]; /* current values, whatever set them */
    _Atomic int8_t map[CONTROLLERS];    /* a TbControl, or -1 */
    atomic_int learning;                /* the control waiting for a controller; -1: none */
    atomic_int program;                 /* the latest program change; -1: none */
    _Atomic(TbEngine *) retired;        /* no longer in use; NULL: none */

    /* read by other threads */
    atomic_uint sequence; /* odd while a block is rendered */
    atomic_ullong frames, xruns, overruns, preempted_blocks, dropped_events, lost_frames, held[2];
    atomic_int voices;
    atomic_bool runs;       /* a block has been rendered since tbi_audio_thread_begin ... */
    _Atomic pthread_t self; /* ... on this thread, which exists until the device is closed */
    _Atomic float load, worst_load, peak[2];
    _Atomic float output[OUTPUT_RING]; /* mono mix, a ring */
    atomic_size_t output_at;           /* samples written so far */
} AudioThread;

/* To be called first, on a zeroed struct: sets the defaults of controls and map, and makes the rings, for n_events of
 * each source. False when out of memory; to be released either way. OFF */
bool tbi_audio_thread_init(AudioThread *a, size_t n_events);
void tbi_audio_thread_release(AudioThread *a); /* frees the rings. OFF */

/* Before the stream starts or restarts: drops pending messages and ends notes. CT */
void tbi_audio_thread_begin(AudioThread *a);

/* After the stream has ended: no voices, no held keys, meters at zero. CT */
void tbi_audio_thread_rest(AudioThread *a);

/* Renders out[n][n_channels]. xrun: the device reports an underrun. RT */
void tbi_audio_thread_block(AudioThread *a, float *out, size_t n, bool xrun);

/* Queues a message for a source, stamped with the current time. RT, one thread per source. */
bool tbi_audio_thread_send(AudioThread *a, int source, const uint8_t *message, size_t n_bytes);
/* The same on the audio thread, between blocks, with an exact position: sample `at` of the next block. RT */
bool tbi_audio_thread_send_at(AudioThread *a, int source, uint32_t at, const uint8_t *message, size_t n_bytes);

/* events.c: takes what has arrived since the last block, for the block of n samples that starts at `begin` seconds.
 * RT */
void tbi_events_take(AudioThread *a, double begin, size_t n);
/* Takes pending changes of sounds while no stream runs. An engine that has been replaced retires at once, since its
 * output is not needed. CT */
void tbi_events_take_changes(AudioThread *a);
/* midi_map.c: whether a control change is assigned to a control, which is set if the controller has taken it over.
 * RT */
bool tbi_midi_map_controller(AudioThread *a, int channel, int number, int value);
/* After a control has been set by something else, its controllers have to take it over again. RT */
void tbi_midi_map_release(AudioThread *a, int control);

#endif
