/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/midi_parser.h"

#include <string.h>

enum { STATUS = 0x80, SYSTEM = 0xf0, REAL_TIME = 0xf8, RESET = 0xff };

static size_t length_of(uint8_t status) {
    return status >> 4 == 0xc || status >> 4 == 0xd ? 2 : 3;
}

size_t tbi_midi_parser_push(MidiParser *m, uint8_t byte, uint8_t out[3]) {
    if (byte >= REAL_TIME) { /* may occur between the bytes of other messages */
        out[0] = byte;
        return byte == RESET ? 1 : 0;
    }
    if (byte >= STATUS) {
        m->message[0] = byte < SYSTEM ? byte : 0;
        m->n = 1;
        return 0;
    }
    if (m->message[0] == 0)
        return 0;
    m->message[m->n++] = byte;
    size_t length = length_of(m->message[0]);
    if (m->n < length)
        return 0;
    memcpy(out, m->message, length);
    m->n = 1;
    return length;
}
