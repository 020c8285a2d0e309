/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of engine/: a standard MIDI file taken apart, before it is told how long a tick is. */
#ifndef TIMBREL_ENGINE_MIDI_FILE_H
#define TIMBREL_ENGINE_MIDI_FILE_H

#include "timbrel/engine.h"

typedef struct {
    uint64_t tick;
    uint32_t order;     /* in which it was found: tracks in turn */
    uint32_t tempo;     /* microseconds per quarter note, when message[0] is 0 */
    uint8_t message[3]; /* status 0: a change of tempo */
} MidiEvent;

enum { MIDI_TEMPO = 500000 /* until the file says otherwise */ };

typedef struct {
    int format, n_tracks;
    double ticks_per_quarter; /* or, with SMPTE time, 0 and ... */
    double ticks_per_second;
    MidiEvent *events; /* [n], owned, as they stood in the file */
    size_t n, room;
    uint64_t end;  /* tick at which the longest track ends, with the rest after its last event */
    char *warning; /* [200], borrowed */
} MidiFile;

/* What is readable; TB_ERR_FORMAT when nothing is. events is to be freed also on failure. OFF. */
TB_NODISCARD TbStatus tbi_midi_file_parse(const uint8_t *data, size_t n_bytes, MidiFile *file);

#endif
