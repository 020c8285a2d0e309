/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: the parsed events of a standard MIDI file, timed in ticks. */
#ifndef TIMBREL_ENGINE_MIDI_FILE_H
#define TIMBREL_ENGINE_MIDI_FILE_H

#include "timbrel/engine.h"

typedef struct {
    uint64_t tick;
    uint32_t order; /* of parsing: track by track */
    uint32_t tempo; /* microseconds per quarter note, when message[0] is 0 */
    uint8_t n_bytes;
    uint8_t message[TB_SONG_MESSAGE]; /* status 0: a change of tempo */
} MidiEvent;

enum { MIDI_TEMPO = 500000 /* default */ };

typedef struct {
    int format, n_tracks;
    double ticks_per_quarter; /* 0 with SMPTE time */
    double ticks_per_second;
    MidiEvent *events; /* [n], owned, in file order */
    size_t n, room;
    uint64_t end;  /* tick at which the longest track ends, including rests after its last event */
    char *warning; /* [200], borrowed */
} MidiFile;

/* Parses all that is readable; TB_ERR_FORMAT when nothing is. The caller frees `events`, on failure too. OFF. */
TB_NODISCARD TbStatus tbi_midi_file_parse(const uint8_t *data, size_t n_bytes, MidiFile *file);

#endif
