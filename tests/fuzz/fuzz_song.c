/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a song or refused; a song that is accepted has the properties that playback relies on. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbSong song;
    TbStatus status = tb_song_parse(data, size, &song);
    if (fuzz_refused(status, song.n_events == 0 && !song.events))
        return 0;
    require(song.n_tracks > 0 && song.n_events <= size && song.seconds >= 0 && song.seconds <= 86400);
    size_t notes = 0;
    for (size_t i = 0; i < song.n_events; i++) {
        const TbSongEvent *e = &song.events[i];
        require(e->seconds >= (i ? e[-1].seconds : 0) && e->seconds <= song.seconds);
        require(e->message[0] >= 0x80 && e->message[0] <= 0xf0 && e->n_bytes <= sizeof e->message);
        require(e->message[0] == 0xf0 || (e->message[1] < 0x80 && e->message[2] < 0x80));
        require(e->n_bytes >= 2);
        notes += e->message[0] >> 4 == 9 && e->message[2] > 0;
    }
    require(notes == song.n_notes);
    tb_song_free(&song);
    return 0;
}
