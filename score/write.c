/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as standard MIDI files of type 1 (MMA, "Standard MIDI Files 1.0", 1988). */
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "score/limits.h"
#include "score/midi_file.h"
#include "timbrel/score.h"

#include <stdio.h>
#include <stdlib.h>

enum { RELEASE_VELOCITY = 64, CLOCKS_PER_QUARTER = 24, DEFAULT_32NDS = 8 };

typedef struct {
    uint8_t *bytes; /* owned */
    size_t n, room;
    bool failed;      /* out of memory */
    int32_t tick;     /* of the last event of the track */
    size_t length_at; /* where the length of the track is written */
} Out;

static void put(Out *o, const void *bytes, size_t n) {
    o->failed = o->failed || !tbi_grow(&o->bytes, o->n + n, &o->room);
    if (!o->failed && n > 0) {
        memcpy(o->bytes + o->n, bytes, n);
        o->n += n;
    }
}

static void put_number(Out *o, uint32_t value, int n_bytes) {
    uint8_t bytes[4];
    for (int i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * (n_bytes - 1 - i));
    put(o, bytes, (size_t)n_bytes);
}

/* A variable-length quantity of up to 28 bits. */
static void put_varlen(Out *o, uint32_t value) {
    for (int shift = 21; shift > 0; shift -= 7)
        if (value >> shift)
            put_number(o, 0x80 | (value >> shift & 127), 1);
    put_number(o, value & 127, 1);
}

/* The time since the last event, which may be longer than one event can say: empty texts fill it up. */
static void put_delta(Out *o, int32_t tick) {
    const int32_t most = (1 << 28) - 1;
    static const uint8_t empty_text[] = {MIDI_META, MIDI_TEXT, 0};
    while (tick - o->tick > most) {
        put_varlen(o, (uint32_t)most);
        put(o, empty_text, sizeof empty_text);
        o->tick += most;
    }
    put_varlen(o, (uint32_t)(tick - o->tick));
    o->tick = tick;
}

static void put_meta(Out *o, int32_t tick, int type, const void *bytes, size_t n) {
    uint8_t head[] = {MIDI_META, (uint8_t)type};
    put_delta(o, tick);
    put(o, head, sizeof head);
    put_varlen(o, (uint32_t)n);
    put(o, bytes, n);
}

static void begin_track(Out *o, const char *name) {
    put(o, "MTrk", 4);
    o->length_at = o->n;
    o->tick = 0;
    put_number(o, 0, 4);
    if (*name)
        put_meta(o, 0, MIDI_TRACK_NAME, name, strlen(name));
}

static void end_track(Out *o, int32_t end) {
    put_meta(o, end, MIDI_TRACK_END, NULL, 0);
    size_t n = o->n, length = o->n - o->length_at - 4;
    if (o->failed)
        return;
    o->n = o->length_at;
    put_number(o, (uint32_t)length, 4);
    o->n = n;
}

/* The numerator, the denominator as a power of two, clocks between clicks, 32nds in a quarter. */
static void put_metre(Out *o, const TbScoreMetre *m) {
    uint8_t power = 0;
    while (1 << power < m->denominator)
        power++;
    int beat = 4 * CLOCKS_PER_QUARTER / m->denominator;
    bool compound = m->numerator > 3 && m->numerator % 3 == 0 && m->denominator >= 8;
    uint8_t bytes[] = {m->numerator, power, (uint8_t)(beat * (compound ? 3 : 1)), DEFAULT_32NDS};
    put_meta(o, m->tick, MIDI_METRE, bytes, sizeof bytes);
}

/* Title, tempos, metres, keys and chords, in order of tick. */
static void put_maps(Out *o, const TbScore *s, int32_t end) {
    size_t tempo = 0, metre = 0, key = 0, chord = 0;
    begin_track(o, s->title);
    if (s->composed)
        put_meta(o, 0, MIDI_SEQUENCER, TB_SCORE_MARK, sizeof TB_SCORE_MARK - 1);
    while (tempo < s->n_tempos || metre < s->n_metres || key < s->n_keys || chord < s->n_chords) {
        int32_t next = INT32_MAX;
        next = metre < s->n_metres && s->metres[metre].tick < next ? s->metres[metre].tick : next;
        next = key < s->n_keys && s->keys[key].tick < next ? s->keys[key].tick : next;
        next = tempo < s->n_tempos && s->tempos[tempo].tick < next ? s->tempos[tempo].tick : next;
        next = chord < s->n_chords && s->chords[chord].tick < next ? s->chords[chord].tick : next;
        if (metre < s->n_metres && s->metres[metre].tick == next)
            put_metre(o, &s->metres[metre++]);
        if (key < s->n_keys && s->keys[key].tick == next) {
            uint8_t bytes[] = {(uint8_t)s->keys[key].sharps, s->keys[key].minor};
            put_meta(o, next, MIDI_KEY, bytes, sizeof bytes);
            key++;
        }
        if (tempo < s->n_tempos && s->tempos[tempo].tick == next) {
            uint32_t us = s->tempos[tempo++].us_per_quarter;
            uint8_t bytes[] = {(uint8_t)(us >> 16), (uint8_t)(us >> 8), (uint8_t)us};
            put_meta(o, next, MIDI_SET_TEMPO, bytes, sizeof bytes);
        }
        if (chord < s->n_chords && s->chords[chord].tick == next) {
            put_meta(o, next, MIDI_TEXT, s->chords[chord].text, strlen(s->chords[chord].text));
            chord++;
        }
    }
    end_track(o, end);
}

/* One end of a note. Ends come before starts at the same tick. */
typedef struct {
    int32_t tick;
    uint8_t on, pitch, velocity;
    uint16_t part;
} Edge;

static int by_part(const void *a, const void *b) {
    const Edge *x = a, *y = b;
    if (x->part != y->part)
        return x->part - y->part;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return x->on != y->on ? x->on - y->on : x->pitch - y->pitch;
}

static TbStatus edges_of(const TbScore *s, Edge **edges) {
    *edges = malloc((2 * s->n_notes + 1) * sizeof **edges);
    if (!*edges)
        return tbi_no_memory("to write a score");
    for (size_t i = 0; i < s->n_notes; i++) {
        TbScoreNote n = s->notes[i];
        (*edges)[2 * i] = (Edge){n.onset, 1, n.pitch, n.velocity, n.part};
        (*edges)[2 * i + 1] = (Edge){n.onset + n.duration, 0, n.pitch, RELEASE_VELOCITY, n.part};
    }
    if (s->n_notes > 0)
        qsort(*edges, 2 * s->n_notes, sizeof **edges, by_part);
    return TB_OK;
}

/* The end of all tracks. */
static TbStatus end_of(const TbScore *s, int32_t *end) {
    TbBars bars;
    int32_t last = tb_score_last_off(s);
    last = s->end > last ? s->end : last;
    last = s->n_tempos && s->tempos[s->n_tempos - 1].tick > last ? s->tempos[s->n_tempos - 1].tick : last;
    last = s->n_keys && s->keys[s->n_keys - 1].tick > last ? s->keys[s->n_keys - 1].tick : last;
    last = s->n_chords && s->chords[s->n_chords - 1].tick > last ? s->chords[s->n_chords - 1].tick : last;
    last = s->n_metres && s->metres[s->n_metres - 1].tick > last ? s->metres[s->n_metres - 1].tick : last;
    TbStatus status = tb_bars_new(s, last > 0 ? last : 1, &bars);
    if (status)
        return status;
    *end = bars.line[bars.n_bars];
    for (size_t b = bars.n_bars; b > 0 && bars.line[b] >= last && bars.line[b] > 0; b--)
        *end = bars.line[b];
    tb_bars_free(&bars);
    if (*end > last_tick(s->ticks_per_quarter))
        return tb_fail(TB_ERR_UNSUPPORTED, "The score has over %d ticks.", (int)last_tick(s->ticks_per_quarter));
    return TB_OK;
}

/* What tb_score_add_... would refuse; members of a score may have been set otherwise. */
static TbStatus check(const TbScore *s) {
    if (s->ticks_per_quarter < 1 || s->ticks_per_quarter > 32767 || s->n_tempos == 0 || s->n_metres == 0 ||
        s->tempos[0].tick != 0 || s->metres[0].tick != 0 || s->end < 0 || s->end > last_tick(s->ticks_per_quarter))
        return tb_fail(TB_ERR_ARGUMENT, "The score has no tempo and metre at its start; begin it with tb_score_new.");
    if (s->n_parts > UINT16_MAX - 1)
        return tb_fail(TB_ERR_UNSUPPORTED, "A MIDI file has at most %d parts.", UINT16_MAX - 1);
    int32_t last = last_tick(s->ticks_per_quarter);
    for (size_t i = 0; i < s->n_notes; i++) {
        TbScoreNote n = s->notes[i];
        if (n.pitch > 127 || n.velocity < 1 || n.velocity > 127 || n.part >= s->n_parts || n.onset < 0 ||
            n.duration < 0 || n.onset > last || n.duration > last - n.onset)
            return tb_fail(TB_ERR_ARGUMENT, "Note %zu of the score is out of range.", i + 1);
    }
    return TB_OK;
}

static void put_parts(Out *o, const TbScore *s, const Edge *edges, int32_t end) {
    size_t e = 0;
    for (size_t p = 0; p < s->n_parts; p++) {
        const TbScorePart *part = &s->parts[p];
        begin_track(o, part->name);
        if (part->program >= 0) {
            uint8_t bytes[] = {(uint8_t)(0xc0 | part->channel), (uint8_t)part->program};
            put_delta(o, 0);
            put(o, bytes, sizeof bytes);
        }
        for (; e < 2 * s->n_notes && edges[e].part == p; e++) {
            uint8_t status = (uint8_t)((edges[e].on ? 0x90 : 0x80) | part->channel);
            uint8_t bytes[] = {status, edges[e].pitch, edges[e].velocity};
            put_delta(o, edges[e].tick);
            put(o, bytes, sizeof bytes);
        }
        end_track(o, end);
    }
}

TbStatus tb_score_print(const TbScore *score, void **data, size_t *n_bytes) {
    TbScore tidy;
    Edge *edges = NULL;
    Out out = {0};
    int32_t end = 0;
    TbStatus status = check(score);
    if (status == TB_OK)
        status = tb_score_copy(score, &tidy);
    if (status)
        return status;
    tb_score_tidy(&tidy, NULL);
    status = end_of(&tidy, &end);
    if (status == TB_OK)
        status = edges_of(&tidy, &edges);
    if (status == TB_OK) {
        put(&out, "MThd\0\0\0\6\0\1", 10);
        put_number(&out, (uint32_t)tidy.n_parts + 1, 2);
        put_number(&out, (uint32_t)tidy.ticks_per_quarter, 2);
        put_maps(&out, &tidy, end);
        put_parts(&out, &tidy, edges, end);
        status = out.failed ? tbi_no_memory("to write a score") : TB_OK;
    }
    free(edges);
    tb_score_free(&tidy);
    if (status) {
        free(out.bytes);
        return status;
    }
    *data = out.bytes;
    *n_bytes = out.n;
    return TB_OK;
}

TbStatus tb_score_write(const TbScore *score, const char *path) {
    TbPrinted file = {NULL, 0};
    return tbi_write_printed(tb_score_print(score, &file.data, &file.n_bytes), &file, path);
}
