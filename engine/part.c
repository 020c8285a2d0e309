/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/part.h"
#include "engine/sysex.h"
#include "timbrel/engine.h"

#include <string.h>

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

bool tb_song_is_reset(const TbSongEvent *event) {
    uint8_t becomes[3];
    return event->message[0] == 0xf0 && tbi_sysex_read(event->message, event->n_bytes, becomes) &&
           becomes[0] == SYSTEM_RESET;
}

void tb_song_parts(const TbSong *song, TbSongParts *parts) {
    ChannelPart part[TB_CHANNELS] = {{0}};
    memset(parts, 0, sizeof *parts);
    for (size_t i = 0; i < song->n_events; i++) {
        const uint8_t *m = song->events[i].message;
        uint8_t becomes[3];
        int c = m[0] & 15;
        if (m[0] == 0xf0) {
            if (!tbi_sysex_read(m, song->events[i].n_bytes, becomes))
                continue;
            if (becomes[0] == SYSTEM_RESET)
                memset(part, 0, sizeof part);
            else if (becomes[0] == SYSTEM_PART)
                part[becomes[1]].by_sysex = becomes[2];
            continue;
        }
        tbi_part_message(&part[c], m);
        if (m[0] >> 4 != 9 || m[2] == 0)
            continue;
        bool rhythm = tbi_part_is_rhythm(&part[c], c);
        *(rhythm ? &parts->drum[m[1]] : &parts->program[c][part[c].program]) = true;
        *(rhythm ? &parts->drums : &parts->melodic) = true;
        *(rhythm ? &parts->rhythm[c] : &parts->plays[c]) = true;
        parts->variation[c] = parts->variation[c] || (!rhythm && part[c].bank[0] != 121 && part[c].bank[0] > 0);
    }
}
