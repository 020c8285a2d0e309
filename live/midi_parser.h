/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: parses MIDI messages from an untrusted byte stream. */
#ifndef TIMBREL_LIVE_MIDI_PARSER_H
#define TIMBREL_LIVE_MIDI_PARSER_H

#include "timbrel/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t message[TB_SONG_MESSAGE]; /* [0] is the running status, F0 in a system exclusive message; 0: none */
    size_t n;                         /* bytes received */
} MidiParser;

/* Takes one byte. Returns the length of the message that it completes, written to `out`, or 0. Returns channel
 * messages, short system exclusive ones and System Reset; longer ones, other system messages and stray data bytes are
 * ignored. Initialise with zeros. RT */
size_t tbi_midi_parser_push(MidiParser *m, uint8_t byte, uint8_t out[TB_SONG_MESSAGE]);

#endif
