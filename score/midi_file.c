/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses standard MIDI files. Every length is checked against the bytes that are left before it is used. */
#include "score/midi_file.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ODD_BYTES = 64 /* of a track; with more it is damaged */ };
enum { MAX_EVENTS = 4000000, SYSEX_CONTINUED = 0xf7 };

/* A read cursor over bytes. */
typedef struct {
    const uint8_t *at;
    size_t left;
} Bytes;

static bool take(Bytes *b, size_t n, const uint8_t **from) {
    if (b->left < n)
        return false;
    *from = b->at;
    b->at += n;
    b->left -= n;
    return true;
}

/* A variable-length quantity: up to four bytes of seven bits each. */
static bool take_varlen(Bytes *b, uint32_t *v) {
    const uint8_t *p;
    *v = 0;
    for (int i = 0; i < 4 && take(b, 1, &p); i++) {
        *v = *v << 7 | (*p & 127);
        if (*p < 128)
            return true;
    }
    return false;
}

static void warn(MidiFile *f, const char *text, int track) {
    if (!*f->warning)
        snprintf(f->warning, sizeof f->warning, text, track);
}

static TbStatus add(MidiFile *f, const MidiEvent *event) {
    if (f->n >= MAX_EVENTS)
        return tb_fail(TB_ERR_UNSUPPORTED, "The song has over %d events; cut it into parts.", MAX_EVENTS);
    if (!tbi_grow(&f->events, f->n + 1, &f->room))
        return tbi_no_memory("for the song");
    f->events[f->n] = *event;
    f->events[f->n].order = (uint32_t)f->n;
    f->n++;
    return TB_OK;
}

typedef enum { TRACK_OPEN, TRACK_ENDED, TRACK_DAMAGED } TrackState;

/* Adds a channel message. A value over 127 counts as 127; a key or controller over 127 is none. */
static TbStatus add_message(MidiFile *f, uint8_t status, const uint8_t *data, uint64_t tick, int track) {
    size_t n = midi_data_bytes(status);
    if (data[0] >= 0x80 || data[n - 1] >= 0x80)
        warn(f, "Track %d has bytes over 127, which MIDI does not know; values are taken as 127, keys passed over.",
             track);
    if (n > 1 && data[0] >= 0x80)
        return TB_OK;
    MidiEvent event = {.tick = tick, .track = track - 1, .status = status};
    for (size_t i = 0; i < n; i++)
        event.data[i] = data[i] < 0x80 ? data[i] : 127;
    return add(f, &event);
}

static bool is_used(uint8_t type) {
    return (type >= MIDI_TEXT && type <= 7) || type == MIDI_SET_TEMPO || type == MIDI_METRE || type == MIDI_KEY ||
           type == MIDI_PORT;
}

/* Meta and system exclusive events. */
static TrackState system_event(MidiFile *f, Bytes *b, uint8_t status, uint64_t tick, int track, TbStatus *result) {
    const uint8_t *type = NULL, *p;
    uint32_t n;
    if (status != MIDI_META && status != MIDI_SYSEX && status != SYSEX_CONTINUED)
        return TRACK_DAMAGED; /* other system messages are not allowed in files */
    if ((status == MIDI_META && !take(b, 1, &type)) || !take_varlen(b, &n) || !take(b, n, &p))
        return TRACK_DAMAGED;
    if (type && *type == MIDI_TRACK_END)
        return TRACK_ENDED;
    if (type ? is_used(*type) : status == MIDI_SYSEX)
        *result = add(f, &(MidiEvent){tick, 0, track - 1, status, type ? *type : 0, {0}, n, p});
    return TRACK_OPEN;
}

/* Reads the events of one track up to its end or to the first damage; advances *tick. */
static TbStatus track_events(MidiFile *f, Bytes b, int number, uint64_t *tick) {
    TrackState state = TRACK_OPEN;
    TbStatus result = TB_OK;
    uint8_t running = 0;
    int n_odd = 0;
    uint64_t reached = *tick;
    while (state == TRACK_OPEN && b.left > 0 && result == TB_OK) {
        const uint8_t *p;
        uint32_t delta;
        if (!take_varlen(&b, &delta) || !take(&b, 1, &p)) {
            state = TRACK_DAMAGED;
            break;
        }
        *tick += delta;
        if (*p >= MIDI_SYSEX) {
            state = system_event(f, &b, *p, *tick, number, &result);
            reached = state == TRACK_DAMAGED ? reached : *tick;
            continue; /* running status survives, though the standard ends it here: writers rely on it */
        }
        uint8_t status = *p >= 0x80 ? *p : running;
        if (*p < 0x80) { /* running status: this is the first data byte */
            b.at--;
            b.left++;
        }
        if (status == 0 || !take(&b, midi_data_bytes(status), &p)) {
            state = TRACK_DAMAGED;
            break;
        }
        bool odd = p[0] >= 0x80 || p[midi_data_bytes(status) - 1] >= 0x80;
        n_odd += odd;
        if (n_odd > MAX_ODD_BYTES) {
            state = TRACK_DAMAGED;
            break;
        }
        running = status;
        reached = odd ? reached : *tick; /* what looks like a rest may be damage */
        result = add_message(f, status, p, *tick, number);
    }
    f->end = reached > f->end ? reached : f->end;
    if (state == TRACK_DAMAGED)
        warn(f, "Track %d is damaged; the part before the damage is used.", number);
    if (result == TB_OK) {
        bool missing = state != TRACK_ENDED;
        result = add(f, &(MidiEvent){reached, 0, number - 1, MIDI_META, MIDI_TRACK_END, {0}, missing, NULL});
    }
    return result;
}

/* The data chunk of a RIFF MIDI file (.rmi), or the bytes themselves. */
static Bytes unwrap(Bytes b) {
    if (b.left < 12 || memcmp(b.at, "RIFF", 4) != 0 || memcmp(b.at + 8, "RMID", 4) != 0)
        return b;
    b.at += 12;
    b.left -= 12;
    while (b.left >= 8) {
        size_t size = (size_t)b.at[4] | (size_t)b.at[5] << 8 | (size_t)b.at[6] << 16 | (size_t)b.at[7] << 24;
        bool song = memcmp(b.at, "data", 4) == 0;
        b.at += 8;
        b.left -= 8;
        size = size < b.left ? size : b.left;
        if (song)
            return (Bytes){b.at, size};
        size += size < b.left ? size & 1 : 0;
        b.at += size;
        b.left -= size;
    }
    return b;
}

static TbStatus header(MidiFile *f, Bytes *b, int *n_declared) {
    const Bytes whole = *b;
    const uint8_t *p;
    uint32_t size;
    if (!take(b, 8, &p) || memcmp(p, "MThd", 4) != 0)
        return tb_fail_not("a MIDI file", "a MIDI file begins with MThd", whole.at, whole.left);
    size = midi_big_endian(p + 4, 4);
    if (size < 6 || !take(b, size, &p))
        return tb_fail(TB_ERR_FORMAT, "This file is a damaged MIDI file: its header is incomplete.");
    f->format = (int)midi_big_endian(p, 2);
    *n_declared = (int)midi_big_endian(p + 2, 2);
    if (f->format > 2) {
        return tb_fail(TB_ERR_UNSUPPORTED, "This file is a MIDI file of format %d; only 0, 1 and 2 are known.",
                       f->format);
    }
    int per_second = p[4] >= 0x80 ? 256 - p[4] : 0, ticks = per_second ? p[5] : (int)midi_big_endian(p + 4, 2);
    bool known = !per_second || per_second == 24 || per_second == 25 || per_second == 29 || per_second == 30;
    if (ticks == 0 || !known)
        return tb_fail(TB_ERR_FORMAT, "This file is a damaged MIDI file: its header does not say how long a tick is.");
    if (per_second) /* 29 means 30 / 1.001 (NTSC drop frame) */
        f->ticks_per_second = ticks * (per_second == 29 ? 30 / 1.001 : per_second);
    else
        f->ticks_per_quarter = ticks;
    return TB_OK;
}

TbStatus tbi_midi_file_parse(const uint8_t *data, size_t n_bytes, MidiFile *f) {
    static const uint8_t default_tempo[3] = {MIDI_TEMPO >> 16, MIDI_TEMPO >> 8 & 255, MIDI_TEMPO & 255};
    if (n_bytes > MIDI_MAX_BYTES)
        return tb_fail(TB_ERR_UNSUPPORTED, "This file is larger than 64 MB; a MIDI file never is.");
    Bytes b = unwrap((Bytes){data, n_bytes});
    int n_declared = 0;
    uint64_t end = 0;
    TbStatus status = header(f, &b, &n_declared);
    while (status == TB_OK && b.left >= 8) {
        const uint8_t *p;
        take(&b, 8, &p);
        size_t size = midi_big_endian(p + 4, 4);
        if (size > b.left) {
            warn(f, "The file ends within track %d; the part before the end is used.", f->n_tracks + 1);
            size = b.left;
        }
        Bytes inside = {b.at, size};
        b.at += size;
        b.left -= size;
        if (memcmp(p, "MTrk", 4) != 0)
            continue; /* unknown chunks are skipped */
        uint64_t tick = f->format == 2 ? end : 0;
        if (f->format == 2) /* format 2: each track is a song of its own with its own tempo */
            status = add(f, &(MidiEvent){tick, 0, f->n_tracks, MIDI_META, MIDI_SET_TEMPO, {0}, 3, default_tempo});
        f->n_tracks++;
        if (status == TB_OK)
            status = track_events(f, inside, f->n_tracks, &tick);
        end = tick > end ? tick : end;
    }
    if (status == TB_OK && f->n_tracks == 0)
        status = tb_fail(TB_ERR_FORMAT, "This file is a damaged MIDI file: it has no tracks.");
    if (status == TB_OK && f->n_tracks < n_declared)
        warn(f, "Tracks are missing at the end of the file; tracks found: %d.", f->n_tracks);
    return status;
}
