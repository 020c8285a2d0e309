/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: MIDI messages from a stream of bytes that nobody vouches for. */
#ifndef TIMBREL_LIVE_MIDI_PARSER_H
#define TIMBREL_LIVE_MIDI_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t message[3]; /* the status stays for running status; 0: none */
    size_t n;           /* bytes of it that are there */
} MidiParser;

/* One more byte. Returns the length of a message that is now whole (it is in out[3]), or 0. Channel messages and System
 * Reset are given out; system exclusive, clocks and all other system messages are passed over, and so are data bytes
 * that belong to nothing. Start with zeros. RT */
size_t tbi_midi_parser_push(MidiParser *m, uint8_t byte, uint8_t out[3]);

#endif
