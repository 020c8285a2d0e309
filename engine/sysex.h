/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: the system exclusive messages that change how a song sounds. */
#ifndef TIMBREL_ENGINE_SYSEX_H
#define TIMBREL_ENGINE_SYSEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First byte of the three to which such a message is cut; channel messages begin with less. */
enum {
    SYSTEM_RESET = 0xf0,       /* all channels as at first */
    SYSTEM_VOLUME = 0xf1,      /* master volume: low, high 7 bits */
    SYSTEM_FINE_TUNE = 0xf2,   /* low, high 7 bits; the middle is in tune, the range two semitones */
    SYSTEM_COARSE_TUNE = 0xf3, /* 0, semitones + 64 */
    SYSTEM_PART = 0xf4,        /* channel from 0, PART_RHYTHM or PART_MELODY */
};

/* Reads a whole message, F0 first, with or without its F7. Known are, for any device: master volume, fine and coarse
 * tuning (universal real time, MIDI 1.0 and CA-25), General MIDI on and off, the resets of GS and XG, GS "use for
 * rhythm part" and XG "part mode". Returns false for all others, and when a byte that belongs to the message is
 * missing. RT */
bool tbi_sysex_read(const uint8_t *bytes, size_t n, uint8_t message[3]);

#endif
