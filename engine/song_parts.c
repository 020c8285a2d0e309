/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a song wants to be played with: programs and drums, as the engine would follow them. */
#include "engine/part.h"
#include "engine/sysex.h"
#include "timbrel/engine.h"

#include <string.h>

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
