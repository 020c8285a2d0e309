/* Inside of live/: MIDI from keyboards and programs, by RtMidi.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_LIVE_MIDI_IN_H
#define TIMBREL_LIVE_MIDI_IN_H

#include "live/audio_thread.h"

#include <rtmidi/rtmidi_c.h>

enum { MIDI_APIS = 2, MIDI_INPUTS = SOURCES - 1 - MIDI_APIS };

/* A connection, and the queue that it alone puts into. */
typedef struct {
    RtMidiInPtr port; /* NULL: free */
    int api;
    char name[TB_LIVE_NAME];
    AudioThread *thread;
    int source;
} MidiPort;

typedef struct {
    MidiPort own[MIDI_APIS]; /* what other programs can connect to: "Timbrel MIDI: in" */
    MidiPort input[MIDI_INPUTS];
    char **wanted; /* [n_wanted] parts of names; none: all; owned */
    size_t n_wanted;
    AudioThread *thread;
} MidiIn;

/* Opens our own ports, then whatever inputs there are. CT */
void midi_in_open(MidiIn *m);
/* Connects what has been plugged in, and forgets what has been plugged out. CT */
void midi_in_look(MidiIn *m);
void midi_in_close(MidiIn *m);

#endif
