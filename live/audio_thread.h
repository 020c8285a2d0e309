/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: what happens on the audio thread, and what it shares with others. */
#ifndef TIMBREL_LIVE_AUDIO_THREAD_H
#define TIMBREL_LIVE_AUDIO_THREAD_H

#include "live/dll.h"
#include "live/ring.h"
#include "timbrel/live.h"

#include <pthread.h>
#include <stdatomic.h>

/* Source 0 is tb_live_send, 1 the device's own MIDI, the others are MIDI inputs, a thread each. */
enum { SOURCE_DEVICE = 1, SOURCES = 67, CHUNK = 256 };
enum {
    CHANGES = 8,  /* of sounds, that may wait */
    TRACKED = 64, /* instruments that may be in use at once */
    OUTPUT_RING = 2 * TB_LIVE_OUTPUT,
    CONTROLLERS = 128,
};

typedef struct {
    double time;    /* seconds of the monotonic clock: when it came; or */
    int64_t sample; /* the one that it is for; -1: not known */
    uint8_t message[3];
    uint8_t n_bytes;
} LiveEvent;

/* Other sounds: those on the corners, or all of an engine. */
typedef struct {
    TbEngine *engine; /* NULL: the corners alone change */
    const TbInstrument *corner[TB_PARTS];
    int known[TB_PARTS]; /* their places in the list of those in use */
    int n;
} EngineChange;

/* An instrument that may be in use: on its way to the engine, or there. Free, for those who call, when it is neither.
 */
typedef struct {
    const TbInstrument *instrument;
    atomic_int coming; /* changes that will bring it */
    atomic_bool used;  /* set and cleared by the audio thread alone, once it runs */
} TrackedInstrument;

typedef struct {
    /* set before the stream starts */
    TbLivePlay play; /* the engine is another one after a change */
    int n_channels;
    double rate;

    /* of the audio thread alone */
    Dll clock;
    uint64_t sample;            /* of the next block */
    uint64_t latest[SOURCES];   /* sample of the latest event of each: they keep their order */
    int first;                  /* source whose turn it is to be first */
    int check_at;               /* the instrument to be looked for next */
    float applied[TB_CONTROLS]; /* where the engine's controls stand */
    int8_t step[CONTROLLERS];   /* where each controller stood last; -1: not known */
    bool holds[CONTROLLERS];    /* it moves its control */
    float left[CHUNK], right[CHUNK], both[2 * CHUNK];
    float smooth_load, worst, top[2];

    /* from other threads */
    Ring source[SOURCES]; /* of LiveEvent */
    Ring changes;         /* of Change */
    TrackedInstrument known[TRACKED];
    atomic_bool lost[SOURCES]; /* a message found its queue full, or an input has gone: keys may be down for ever */
    atomic_bool mute;          /* nothing of `play` may be touched any more */
    atomic_bool panic;
    _Atomic(Ring *) record; /* of pairs of floats; NULL: nothing is recorded */

    /* both ways */
    _Atomic float control[TB_CONTROLS]; /* where each control stands, whoever moved it last */
    _Atomic int8_t map[CONTROLLERS];    /* a TbControl, or -1 */
    atomic_int learning;                /* the control that waits for a controller; -1: none */
    atomic_int program;                 /* the latest program change; -1: none */
    _Atomic(TbEngine *) retired;        /* nothing plays it any more; NULL: none */

    /* for other threads */
    atomic_uint passes; /* odd while a block is made */
    atomic_ullong frames, xruns, overruns, waits, lost_events, lost_frames, held[2];
    atomic_int voices;
    atomic_bool runs;       /* it has made a block since tbi_audio_thread_begin ... */
    _Atomic pthread_t self; /* ... on this thread, which is there until the device is closed */
    _Atomic float load, worst_load, peak[2];
    _Atomic float output[OUTPUT_RING]; /* the mean of both sides, in a ring ... */
    atomic_size_t output_at;           /* ... of which so many have been written */
} AudioThread;

/* Seconds of the monotonic clock. RT */
double tbi_live_now(void);

/* Everything usual: controls, map. Before anything else; the rings are not made. OFF */
void tbi_audio_thread_init(AudioThread *a);

/* Before the stream starts, and before it starts again: what has been waiting is forgotten, notes end. CT */
void tbi_audio_thread_begin(AudioThread *a);

/* Makes out[n][n_channels]. xrun: the device says that there was a gap. RT */
void tbi_audio_thread_block(AudioThread *a, float *out, size_t n, bool xrun);

/* Puts a message into the queue of a source, stamped with the present moment. RT, one thread for each source. */
bool tbi_audio_thread_send(AudioThread *a, int source, const uint8_t *message, size_t n_bytes);
/* The same on the audio thread, between blocks, for one whose place is known: the sample `at` of the next block. RT */
bool tbi_audio_thread_send_at(AudioThread *a, int source, uint32_t at, const uint8_t *message, size_t n_bytes);

/* events.c: what has come since the last block, to where it belongs in this one. RT */
void tbi_events_take(AudioThread *a, double begin, size_t n);
/* midi_map.c: whether a controller's message is for a control, which is moved if the controller holds it. RT */
bool tbi_midi_map_controller(AudioThread *a, int channel, int number, int value);
/* Whoever else has moved a control: its controllers must find it again. RT */
void tbi_midi_map_release(AudioThread *a, int control);

#endif
