/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores from the events of MIDI files. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "score/limits.h"
#include "score/midi_file.h"
#include "score/text.h"
#include "timbrel/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS = 16, KEYS = 128, NONE = -1 };

/* The sounding notes of a track, as a queue for each channel and key: the first pressed is released first. */
typedef struct {
    TbScore *score;
    int32_t first[CHANNELS][KEYS], last[CHANNELS][KEYS]; /* indexes of notes, or NONE */
    int32_t *next;                                       /* [n_notes] of the same queue; owned */
    size_t room;
    int part[CHANNELS];    /* of the current track; NONE: no note yet */
    int program[CHANNELS]; /* of the current track; NONE: not said */
    char name[TB_SCORE_TEXT];
    size_t first_part, first_note; /* of the current track */
} Reader;

static void begin_track(Reader *r) {
    memset(r->first, 0xff, sizeof r->first);
    memset(r->last, 0xff, sizeof r->last);
    memset(r->part, 0xff, sizeof r->part);
    memset(r->program, 0xff, sizeof r->program);
    r->name[0] = 0;
    r->first_part = r->score->n_parts;
    r->first_note = r->score->n_notes;
}

static TbStatus press(Reader *r, int channel, int key, int velocity, int32_t tick) {
    TbScore *s = r->score;
    TbStatus status = TB_OK;
    size_t part = s->n_parts;
    if (r->part[channel] == NONE)
        status = tb_score_add_part(s, "", NONE, channel, &part);
    if (status)
        return status;
    if (r->part[channel] == NONE)
        r->part[channel] = (int)part;
    if (!tbi_grow(&r->next, s->n_notes + 1, &r->room))
        return tbi_no_memory("for a score");
    int32_t index = (int32_t)s->n_notes, *first = &r->first[channel][key], *last = &r->last[channel][key];
    status = tb_score_add_note(s, (TbScoreNote){tick, 0, (uint8_t)key, (uint8_t)velocity, (uint16_t)r->part[channel]});
    if (status)
        return status;
    s->faults.overlaps += *first != NONE;
    r->next[index] = NONE;
    if (*first == NONE)
        *first = index;
    else
        r->next[*last] = index;
    *last = index;
    return TB_OK;
}

static bool release(Reader *r, int channel, int key, int32_t tick) {
    int32_t index = r->first[channel][key];
    if (index == NONE)
        return false;
    TbScoreNote *note = &r->score->notes[index];
    note->duration = tick - note->onset;
    r->score->faults.zero_length += note->duration == 0;
    r->first[channel][key] = r->next[index];
    return true;
}

/* Ends what still sounds, names the parts and puts those of the track in order of channel. */
static void end_track(Reader *r, int32_t tick, bool open) {
    TbScore *s = r->score;
    s->faults.open_tracks += open;
    for (int c = 0; c < CHANNELS; c++)
        for (int key = 0; key < KEYS && r->part[c] != NONE; key++)
            while (release(r, c, key, tick))
                s->faults.unclosed++;
    size_t at = r->first_part;
    uint16_t part_of[CHANNELS] = {0}; /* the new index of each part in order of its first note */
    for (int c = 0; c < CHANNELS; c++)
        if (r->part[c] != NONE) {
            part_of[(size_t)r->part[c] - r->first_part] = (uint16_t)at;
            s->parts[at] = (TbScorePart){.program = (int8_t)r->program[c], .channel = (uint8_t)c};
            memcpy(s->parts[at++].name, r->name, sizeof r->name);
        }
    for (size_t i = r->first_note; i < s->n_notes; i++)
        s->notes[i].part = part_of[s->notes[i].part - r->first_part];
}

static TbStatus channel_event(Reader *r, const MidiEvent *e) {
    int channel = e->status & 15, kind = e->status & 0xf0;
    if (kind == 0xc0 && r->program[channel] == NONE)
        r->program[channel] = e->data[0];
    if (kind == 0x90 && e->data[1] > 0)
        return press(r, channel, e->data[0], e->data[1], (int32_t)e->tick);
    if ((kind == 0x80 || kind == 0x90) && !release(r, channel, e->data[0], (int32_t)e->tick))
        r->score->faults.stray_offs++;
    return TB_OK;
}

/* Notes and parts, track by track. */
static TbStatus read_notes(TbScore *score, const MidiFile *f) {
    Reader *r = calloc(1, sizeof *r);
    TbStatus status = TB_OK;
    if (!r)
        return tbi_no_memory("for a score");
    int32_t last = last_tick(score->ticks_per_quarter);
    int32_t played = 0; /* the last message of the track: damage can make it later than the track's end */
    r->score = score;
    begin_track(r);
    for (size_t i = 0; i < f->n && status == TB_OK; i++) {
        const MidiEvent *e = &f->events[i];
        if (e->tick > (uint64_t)last) {
            status = tb_fail(TB_ERR_UNSUPPORTED, "The song has over %d ticks; check its times.", (int)last);
        } else if (e->status < MIDI_SYSEX) {
            status = channel_event(r, e);
            played = (int32_t)e->tick > played ? (int32_t)e->tick : played;
        } else if (e->status == MIDI_META && e->type == MIDI_TRACK_NAME) {
            tbi_copy_text(e->bytes, e->n_bytes, r->name, sizeof r->name);
            if (e->track == 0)
                memcpy(score->title, r->name, sizeof score->title);
        } else if (e->status == MIDI_META && e->type == MIDI_TRACK_END) {
            int32_t end = (int32_t)e->tick > played ? (int32_t)e->tick : played;
            end_track(r, end, e->n_bytes > 0);
            score->end = end > score->end ? end : score->end;
            played = 0;
            begin_track(r);
        }
    }
    free(r->next);
    free(r);
    return status;
}

static TbStatus add_metre(TbScore *score, const MidiEvent *e) {
    int numerator = e->bytes[0], power = e->bytes[1];
    if (numerator == 0 || power > 6) {
        score->faults.bad_metres++;
        return TB_OK;
    }
    return tb_score_add_metre(score, (int32_t)e->tick, numerator, 1 << power);
}

/* Tempo, metre, key and chords; a later event at the same tick replaces an earlier one. */
static TbStatus meta_event(TbScore *score, const MidiEvent *e, bool has_tempo) {
    char text[TB_CHORD_TEXT];
    TbChord chord;
    switch (e->type) {
    case MIDI_SET_TEMPO:
        if (!has_tempo || e->n_bytes < 3)
            return TB_OK;
        if (midi_big_endian(e->bytes, 3) > 0)
            return tb_score_add_tempo(score, (int32_t)e->tick, midi_big_endian(e->bytes, 3));
        score->faults.bad_tempos++;
        return TB_OK;
    case MIDI_METRE:
        return e->n_bytes >= 2 ? add_metre(score, e) : TB_OK;
    case MIDI_KEY:
        if (e->n_bytes < 2 || abs((int8_t)e->bytes[0]) > 7 || e->bytes[1] > 1)
            return TB_OK;
        return tb_score_add_key(score, (int32_t)e->tick, (int8_t)e->bytes[0], e->bytes[1]);
    case MIDI_TRACK_NAME:
    case MIDI_TRACK_END:
        return TB_OK;
    default: /* texts: only "ROOT:kind" is a chord, as "A" and "Am" are words, too */
        if (e->n_bytes >= sizeof text)
            return TB_OK;
        tbi_copy_text(e->bytes, e->n_bytes, text, sizeof text);
        if ((!strchr(text, ':') && strcmp(text, "N.C.") != 0) || !tb_chord_parse(text, &chord))
            return TB_OK;
        return tb_score_add_chord(score, (int32_t)e->tick, text);
    }
}

static int by_tick(const void *a, const void *b) {
    const MidiEvent *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Reorders the events. */
static TbStatus read_maps(TbScore *score, MidiFile *f) {
    size_t n = 0;
    TbStatus status = TB_OK;
    for (size_t i = 0; i < f->n; i++)
        if (f->events[i].status == MIDI_META)
            f->events[n++] = f->events[i];
    if (n > 1)
        qsort(f->events, n, sizeof *f->events, by_tick);
    for (size_t i = 0; i < n && status == TB_OK; i++)
        status = meta_event(score, &f->events[i], f->ticks_per_quarter > 0);
    return status;
}

/* SMPTE time has no beats: a quarter note is half a second, as at the default tempo. */
static TbStatus begin(const MidiFile *f, TbScore *score) {
    if (f->ticks_per_quarter > 0)
        return tb_score_new((int)f->ticks_per_quarter, score);
    int per_quarter = (int)lrint(f->ticks_per_second / 2);
    TbStatus status = tb_score_new(per_quarter > 1 ? per_quarter : 1, score);
    if (status == TB_OK)
        status = tb_score_add_tempo(score, 0, 1e6 * score->ticks_per_quarter / f->ticks_per_second);
    return status;
}

TbStatus tb_score_parse(const void *data, size_t n_bytes, TbScore *score) {
    MidiFile file = {0};
    TbBars bars;
    *score = (TbScore){0};
    TbStatus status = tbi_midi_file_parse(data, n_bytes, &file);
    if (status == TB_OK)
        status = begin(&file, score);
    if (status == TB_OK)
        status = read_notes(score, &file);
    if (status == TB_OK)
        status = read_maps(score, &file);
    if (status == TB_OK) /* all that is read has bars */
        status = tb_bars_new(score, score->end, &bars);
    if (status == TB_OK) {
        tb_bars_free(&bars);
        tb_score_sort(score);
        memcpy(score->faults.damage, file.warning, sizeof score->faults.damage);
    }
    free(file.events);
    if (status)
        tb_score_free(score);
    return status;
}

TbStatus tb_score_read(const char *path, TbScore *score) {
    TbPrinted file = {NULL, 0};
    *score = (TbScore){0};
    TbStatus status = tb_read_file(path, MIDI_MAX_BYTES, &file.data, &file.n_bytes);
    status = status ? status : tb_score_parse(file.data, file.n_bytes, score);
    return tbi_parsed_file(status, &file, path);
}
