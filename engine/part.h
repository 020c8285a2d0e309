/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: what the part of a channel is: its program, and whether it is drums. */
#ifndef TIMBREL_ENGINE_PART_H
#define TIMBREL_ENGINE_PART_H

#include <stdbool.h>
#include <stdint.h>

enum { PART_USUAL, PART_RHYTHM, PART_MELODY }; /* usual: drums on channel 10 only */

/* Begins as {0}. */
typedef struct {
    uint8_t program;
    uint8_t bank[2]; /* CC 0 and CC 32, for the next program change */
    uint8_t by_bank; /* PART_...: banks of drums are 120 in General MIDI 2, 126 and 127 in XG; 121 is melodic */
    uint8_t by_sysex;
} ChannelPart;

/* Follows a message of the part's channel: bank selects and program changes. RT */
void tbi_part_message(ChannelPart *part, const uint8_t message[3]);
/* Whether its keys are drums. channel: from 0. RT */
bool tbi_part_is_rhythm(const ChannelPart *part, int channel);

#endif
