/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Songs: the events of a MIDI file by time in seconds. */
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "engine/sysex.h"
#include "score/midi_file.h"
#include "timbrel/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* In microseconds per quarter note; 0: the event changes no tempo. */
static uint32_t tempo_of(const MidiEvent *e) {
    return e->status == MIDI_META && e->type == MIDI_SET_TEMPO && e->n_bytes >= 3 ? midi_big_endian(e->bytes, 3) : 0;
}

/* Fills in the message of a channel event, or of a system exclusive one that the engine knows; false for others. */
static bool message_of(const MidiEvent *e, TbSongEvent *event) {
    uint8_t becomes[3];
    if (e->status == MIDI_META || (e->status == MIDI_SYSEX && e->n_bytes >= sizeof event->message))
        return false;
    event->message[0] = e->status;
    size_t n = e->status == MIDI_SYSEX ? e->n_bytes : midi_data_bytes(e->status);
    memcpy(event->message + 1, e->status == MIDI_SYSEX ? e->bytes : e->data, n);
    event->n_bytes = (uint8_t)(n + 1);
    return e->status != MIDI_SYSEX || tbi_sysex_read(event->message, n + 1, becomes);
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
        uint32_t tempo = tempo_of(e);
        if (tempo > 0 && f->ticks_per_quarter > 0) {
            from = seconds;
            tick = e->tick;
            per_tick = tempo * 1e-6 / f->ticks_per_quarter;
        }
        TbSongEvent event = {.seconds = seconds};
        if (!message_of(e, &event))
            continue;
        if (seconds > MAX_SECONDS)
            return too_long();
        song->events[song->n_events++] = event;
        song->n_notes += event.message[0] >> 4 == 9 && event.message[2] > 0;
    }
    song->seconds = from + (double)(f->end - tick) * per_tick;
    return song->seconds > MAX_SECONDS ? too_long() : TB_OK;
}

/* Tells of several ports, which have sixteen channels each: an engine has sixteen in all. */
static void tell_ports(const MidiFile *f, char *warning, size_t size) {
    bool port[256] = {false};
    int n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const MidiEvent *e = &f->events[i];
        if (e->status == MIDI_META && e->type == MIDI_PORT && e->n_bytes == 1 && !port[e->bytes[0]]) {
            port[e->bytes[0]] = true;
            n++;
        }
    }
    size_t at = strlen(warning);
    if (n > 1)
        snprintf(warning + at, size - at,
                 "%sIt is for %d MIDI ports: parts of the same channel on different ports play with one sound.",
                 at ? " " : "", n);
}

TbStatus tb_song_parse(const void *data, size_t n_bytes, TbSong *song) {
    *song = (TbSong){0};
    MidiFile file = {0};
    TbStatus status = tbi_midi_file_parse(data, n_bytes, &file);
    if (status == TB_OK) {
        if (file.n > 1)
            qsort(file.events, file.n, sizeof *file.events, by_tick);
        song->format = file.format;
        song->n_tracks = file.n_tracks;
        memcpy(song->warning, file.warning, sizeof song->warning);
        tell_ports(&file, song->warning, sizeof song->warning);
        status = ticks_to_seconds(&file, song);
    }
    free(file.events);
    if (status != TB_OK)
        tb_song_free(song);
    return status;
}

TbStatus tb_song_read(const char *path, TbSong *song) {
    TbPrinted file = {NULL, 0};
    *song = (TbSong){0};
    TbStatus status = tb_read_file(path, MIDI_MAX_BYTES, &file.data, &file.n_bytes);
    status = status ? status : tb_song_parse(file.data, file.n_bytes, song);
    return tbi_parsed_file(status, &file, path);
}

void tb_song_free(TbSong *song) {
    free(song->events);
    *song = (TbSong){0};
}
