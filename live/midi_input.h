/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: MIDI from keyboards and programs: ALSA's by RtMidi, JACK's with the sound. */
#ifndef TIMBREL_LIVE_MIDI_INPUT_H
#define TIMBREL_LIVE_MIDI_INPUT_H

#include "live/device.h"
#include "live/midi_parser.h"

#include <rtmidi/rtmidi_c.h>

enum { SOURCE_OWN = SOURCE_DEVICE + 1, SOURCE_INPUTS, MIDI_INPUTS = SOURCES - SOURCE_INPUTS, MIDI_FOUND = 256 };

/* A connection of RtMidi, and the queue that it alone puts into. */
typedef struct {
    RtMidiInPtr port;        /* NULL: of the device, or free */
    char name[TB_LIVE_NAME]; /* "": free */
    AudioThread *thread;
    int source;
    MidiParser bytes; /* on their way */
} MidiPort;

typedef struct {
    MidiPort own; /* what other programs can connect to: "Timbrel MIDI: in"; on JACK that is "Timbrel:midi" */
    MidiPort input[MIDI_INPUTS];
    char **wanted; /* [n_wanted] parts of names; none: all; owned */
    size_t n_wanted;
    AudioThread *thread;
    Device *device;
} MidiInput;

/* Opens our own port, then whatever inputs there are. CT */
void tbi_midi_input_open(MidiInput *m);
/* Connects what has been plugged in, and forgets what has been plugged out. CT */
void tbi_midi_input_scan(MidiInput *m);
void tbi_midi_input_close(MidiInput *m);
/* Whether all that is wanted is there now: TB_ERR_NOT_FOUND. CT */
TB_NODISCARD TbStatus tbi_midi_input_check(MidiInput *m);

#endif
