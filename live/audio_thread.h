/* Inside of live/: what happens on the audio thread, and what it shares with others.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_LIVE_AUDIO_THREAD_H
#define TIMBREL_LIVE_AUDIO_THREAD_H

#include "live/clock.h"
#include "live/live.h"
#include "live/ring.h"

#include <stdatomic.h>

/* Source 0 is tb_live_send, 1 the device's own MIDI, the others are MIDI inputs, a thread each. */
enum { SOURCE_DEVICE = 1, SOURCES = 17, CHUNK = 256 };

typedef struct {
    double time; /* seconds of the monotonic clock: when it came; or */
    int at;      /* the sample of the next block that it is for; -1: not known */
    uint8_t message[3];
    uint8_t n_bytes;
} LiveEvent;

typedef struct {
    /* set before the stream starts */
    TbLivePlay play;
    int n_channels;
    double rate;
    Ring *record; /* of pairs of floats; NULL: nothing is recorded */

    /* of the audio thread alone */
    Clock clock;
    float x, y; /* of the pad */
    float left[CHUNK], right[CHUNK], both[2 * CHUNK];
    float smooth_load, worst;

    /* from other threads */
    Ring source[SOURCES]; /* of LiveEvent */
    atomic_bool mute;     /* nothing of `play` may be touched any more */

    /* for other threads */
    atomic_ullong frames, xruns, overruns, waits, lost_events, lost_frames;
    atomic_int voices;
    _Atomic float load, worst_load, pad_x, pad_y;
} AudioThread;

/* Seconds of the monotonic clock. RT */
double live_now(void);

/* Before the stream starts, and before it starts again: what has been waiting is forgotten, notes end. CT */
void audio_thread_begin(AudioThread *a);

/* Makes out[n][n_channels]. xrun: the device says that there was a gap. RT */
void audio_thread_block(AudioThread *a, float *out, size_t n, bool xrun);

/* Puts a message into the queue of a source, stamped with the present moment. RT, one thread for each source. */
bool audio_thread_send(AudioThread *a, int source, const uint8_t *message, size_t n_bytes);
/* The same for one whose place is known: it is for the sample `at` of the next block, no later. */
bool audio_thread_send_at(AudioThread *a, int source, uint32_t at, const uint8_t *message, size_t n_bytes);

#endif
