/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/part.h"
#include "timbrel/engine.h"

enum { CC_BANK_HIGH = 0, CC_BANK_LOW = 32 };

void tbi_part_message(ChannelPart *p, const uint8_t message[3]) {
    uint8_t a = message[1] & 127, b = message[2] & 127;
    if (message[0] >> 4 == 0xb && (a == CC_BANK_HIGH || a == CC_BANK_LOW))
        p->bank[a == CC_BANK_LOW] = b;
    if (message[0] >> 4 != 0xc)
        return;
    p->program = a;
    p->by_bank = p->bank[0] == 120 || p->bank[0] >= 126 ? PART_RHYTHM : p->bank[0] == 121 ? PART_MELODY : PART_USUAL;
}

bool tbi_part_is_rhythm(const ChannelPart *p, int channel) {
    int use = p->by_sysex ? p->by_sysex : p->by_bank;
    return use == PART_USUAL ? channel == TB_DRUM_CHANNEL : use == PART_RHYTHM;
}
