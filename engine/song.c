/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Songs: the events of a MIDI file by time in seconds. */
#include "base/no_memory.h"
#include "engine/midi_file.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)64 << 20)
#define MAX_SECONDS (24 * 3600.0)

static int by_tick(const void *a, const void *b) {
    const MidiEvent *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static TbStatus too_long(void) {
    return tb_fail(TB_ERR_UNSUPPORTED, "The song lasts more than a day; check its tempo.");
}

static TbStatus ticks_to_seconds(const MidiFile *f, TbSong *song) {
    double per_tick = f->ticks_per_quarter > 0 ? MIDI_TEMPO * 1e-6 / f->ticks_per_quarter : 1 / f->ticks_per_second;
    double from = 0;
    uint64_t tick = 0; /* of the last tempo change, which is at `from` seconds */
    song->events = malloc((f->n ? f->n : 1) * sizeof *song->events);
    if (!song->events)
        return tbi_no_memory("for the song");
    for (size_t i = 0; i < f->n; i++) {
        const MidiEvent *e = &f->events[i];
        double seconds = from + (double)(e->tick - tick) * per_tick;
        if (e->message[0] == 0) {
            if (f->ticks_per_quarter > 0) {
                from = seconds;
                tick = e->tick;
                per_tick = e->tempo * 1e-6 / f->ticks_per_quarter;
            }
            continue;
        }
        if (seconds > MAX_SECONDS)
            return too_long();
        TbSongEvent *to = &song->events[song->n_events++];
        to->seconds = seconds;
        to->n_bytes = e->n_bytes;
        memcpy(to->message, e->message, sizeof to->message);
        song->n_notes += e->message[0] >> 4 == 9 && e->message[2] > 0;
    }
    song->seconds = from + (double)(f->end - tick) * per_tick;
    return song->seconds > MAX_SECONDS ? too_long() : TB_OK;
}

TbStatus tb_song_parse(const void *data, size_t n_bytes, TbSong *song) {
    *song = (TbSong){0};
    if (n_bytes > MAX_BYTES)
        return tb_fail(TB_ERR_UNSUPPORTED, "This file is larger than 64 MB; a MIDI file never is.");
    MidiFile file = {.warning = song->warning};
    TbStatus status = tbi_midi_file_parse(data, n_bytes, &file);
    if (status == TB_OK) {
        if (file.n > 1)
            qsort(file.events, file.n, sizeof *file.events, by_tick);
        song->format = file.format;
        song->n_tracks = file.n_tracks;
        status = ticks_to_seconds(&file, song);
    }
    free(file.events);
    if (status != TB_OK)
        tb_song_free(song);
    return status;
}

TbStatus tb_song_read(const char *path, TbSong *song) {
    void *data = NULL;
    size_t n = 0;
    *song = (TbSong){0};
    TbStatus status = tb_read_file(path, MAX_BYTES, &data, &n);
    if (status == TB_OK)
        status = tb_fail_in(tb_song_parse(data, n, song), path);
    free(data);
    return status;
}

void tb_song_free(TbSong *song) {
    free(song->events);
    *song = (TbSong){0};
}
