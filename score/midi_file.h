/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parsed events of a standard MIDI file, timed in ticks. Shared with engine/, which plays them; scores are built
 * from the same events. */
#ifndef TIMBREL_SCORE_MIDI_FILE_H
#define TIMBREL_SCORE_MIDI_FILE_H

#include "timbrel/base.h"

enum {
    MIDI_TEMPO = 500000, /* default, in microseconds per quarter note */
    MIDI_META = 0xff,
    MIDI_SYSEX = 0xf0,
    MIDI_TEXT = 0x01, /* types of meta events; 1 .. 7 are texts */
    MIDI_TRACK_NAME = 0x03,
    MIDI_PORT = 0x21,
    MIDI_TRACK_END = 0x2f,
    MIDI_SET_TEMPO = 0x51,
    MIDI_METRE = 0x58,
    MIDI_KEY = 0x59,
    MIDI_SEQUENCER = 0x7f, /* for one program alone */
};
#define MIDI_MAX_BYTES ((size_t)64 << 20)

typedef struct {
    uint64_t tick;
    uint32_t order;       /* of parsing: track by track */
    int32_t track;        /* from 0 */
    uint8_t status;       /* of a channel message, or MIDI_META, or MIDI_SYSEX */
    uint8_t type;         /* of a meta event */
    uint8_t data[2];      /* of a channel message */
    uint32_t n_bytes;     /* of the content of a meta or system exclusive event (which begins after F0) */
    const uint8_t *bytes; /* borrowed from the parsed data */
} MidiEvent;

typedef struct {
    int format, n_tracks;
    double ticks_per_quarter; /* 0 with SMPTE time */
    double ticks_per_second;
    MidiEvent *events; /* [n], owned, in file order; every track ends with a MIDI_TRACK_END */
    size_t n, room;
    uint64_t end;      /* tick at which the longest track ends, including rests after its last event */
    char warning[200]; /* "" or one sentence: how the file is damaged */
} MidiFile;

/* Number of data bytes of a channel message. RT */
static inline size_t midi_data_bytes(uint8_t status) {
    return (status & 0xe0) == 0xc0 ? 1 : 2;
}

static inline uint32_t midi_big_endian(const uint8_t *p, size_t n) {
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* Parses all that is readable; TB_ERR_FORMAT when nothing is. The caller frees `events`, on failure too, and keeps
 * `data` as long as it uses them. A track without an end-of-track event gets one with n_bytes 1. OFF. */
TB_NODISCARD TbStatus tbi_midi_file_parse(const uint8_t *data, size_t n_bytes, MidiFile *file);

#endif
