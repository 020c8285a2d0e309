/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: MIDI inputs: ALSA through RtMidi, JACK through the device. */
#ifndef TIMBREL_LIVE_MIDI_INPUT_H
#define TIMBREL_LIVE_MIDI_INPUT_H

#include "live/device.h"
#include "live/midi_parser.h"

#include <rtmidi/rtmidi_c.h>

enum { SOURCE_OWN = SOURCE_DEVICE + 1, SOURCE_INPUTS, MIDI_INPUTS = SOURCES - SOURCE_INPUTS, MIDI_FOUND = 256 };

/* An RtMidi connection and its queue. */
typedef struct {
    RtMidiInPtr port;        /* NULL: an input of the device, or free */
    char name[TB_LIVE_NAME]; /* "": free */
    AudioThread *thread;
    int source;
    MidiParser bytes; /* parser of incoming bytes */
} MidiPort;

typedef struct {
    MidiPort own; /* virtual port for other programs: "Timbrel MIDI: in"; on JACK it is "Timbrel:midi" */
    MidiPort input[MIDI_INPUTS];
    char **wanted; /* [n_wanted] parts of names; none: all inputs; owned */
    size_t n_wanted;
    AudioThread *thread;
    Device *device;
} MidiInput;

/* Opens the virtual port, then all wanted inputs. CT */
void tbi_midi_input_open(MidiInput *m);
/* Connects new inputs and removes those that have gone. CT */
void tbi_midi_input_scan(MidiInput *m);
void tbi_midi_input_close(MidiInput *m);
/* Whether all inputs named in the options exist: TB_ERR_NOT_FOUND. CT */
TB_NODISCARD TbStatus tbi_midi_input_check(MidiInput *m);

#endif
