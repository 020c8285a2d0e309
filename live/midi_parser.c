/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/midi_parser.h"

#include <string.h>

enum { STATUS = 0x80, SYSEX = 0xf0, SYSEX_END = 0xf7, REAL_TIME = 0xf8, RESET = 0xff };

static size_t length_of(uint8_t status) {
    return status >> 4 == 0xc || status >> 4 == 0xd ? 2 : 3;
}

/* Ends a system exclusive message. */
static size_t sysex_end(MidiParser *m, uint8_t *out) {
    size_t n = m->n + 1;
    m->message[0] = 0; /* what follows has a status of its own */
    if (n > sizeof m->message)
        return 0;
    memcpy(out, m->message, m->n);
    out[0] = SYSEX;
    out[m->n] = SYSEX_END;
    return n;
}

size_t tbi_midi_parser_push(MidiParser *m, uint8_t byte, uint8_t out[TB_SONG_MESSAGE]) {
    if (byte >= REAL_TIME) { /* may occur between the bytes of other messages */
        out[0] = byte;
        return byte == RESET ? 1 : 0;
    }
    if (byte == SYSEX_END && m->message[0] == SYSEX)
        return sysex_end(m, out);
    if (byte >= STATUS) {
        m->message[0] = byte <= SYSEX ? byte : 0;
        m->n = 1;
        return 0;
    }
    if (m->message[0] == 0)
        return 0;
    if (m->message[0] == SYSEX) { /* of one that is too long only the length is kept */
        if (m->n < sizeof m->message)
            m->message[m->n] = byte;
        m->n += m->n < sizeof m->message;
        return 0;
    }
    m->message[m->n++] = byte;
    size_t length = length_of(m->message[0]);
    if (m->n < length)
        return 0;
    memcpy(out, m->message, length);
    m->n = 1;
    return length;
}
