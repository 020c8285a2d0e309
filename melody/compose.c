/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/compose.h"
#include "base/no_memory.h"
#include "melody/line.h"
#include "melody/stream.h"

#include <math.h>

enum {
    SAME_NOTES = 4,
    SCALE_WINDOW = 12 /* notes */,
    FOREIGN_NOTES = 2 /* at most of these, outside the scale */,
    FEW_NOTES = 8 /* say nothing about the key */
};

typedef struct {
    const TbMelodyOptions *o;
    const TbMelody *given;
    TbMelody *out;
    MelodyReader reader;
    MelodyStream stream;
    MelodyStep step;
    bool is_read; /* the step before the next note */
    TbRng rng;
    int lowest, highest; /* pitches that can be drawn */
    double weight[12];   /* steps of each pitch class so far */
    bool *closes;        /* [n_bars]: the bar is the last, or the last returns it: it ends on the tonic */
} Composer;

static int32_t last_end(const TbMelody *m) {
    return m->n_notes ? m->notes[m->n_notes - 1].onset + m->notes[m->n_notes - 1].duration : 0;
}

static void read_before(Composer *c) {
    if (c->is_read)
        return;
    tbi_melody_before(&c->reader, c->out->n_notes, &c->step);
    tbi_melody_stream_read(&c->stream, &c->step);
    c->is_read = true;
}

static void add(Composer *c, TbMelodyNote note) {
    read_before(c);
    c->out->notes[c->out->n_notes++] = note;
    c->weight[note.pitch % 12] += note.duration;
    c->is_read = false;
}

/* ---- what may be drawn ---- */

static bool in_scale(const TbKey *key, int pitch) {
    static const unsigned major = 0xAB5, minor = 0xFAD; /* with both forms of the sixth and the seventh */
    return (key->minor ? minor : major) >> ((pitch - key->tonic) % 12 + 12) % 12 & 1;
}

static bool is_tonic(const TbMelody *m, int pitch) {
    return (pitch - m->key.tonic) % 12 == 0;
}

static int foreign_notes(const TbMelody *m) {
    int n = 0;
    for (size_t i = m->n_notes > SCALE_WINDOW ? m->n_notes - SCALE_WINDOW : 0; i < m->n_notes; i++)
        n += !in_scale(&m->key, m->notes[i].pitch);
    return n;
}

/* Whether the last notes are all of this pitch. */
static bool is_tired(const TbMelody *m, int pitch) {
    if (m->n_notes < SAME_NOTES)
        return false;
    for (size_t i = m->n_notes - SAME_NOTES; i < m->n_notes; i++)
        if (m->notes[i].pitch != pitch)
            return false;
    return true;
}

static size_t allow_pitches(const Composer *c, bool last, bool *allowed) {
    const TbMelody *m = c->out;
    const bool strict = foreign_notes(m) >= FOREIGN_NOTES;
    size_t n = 0;
    for (int k = 0; k < MELODY_PITCHES; k++) {
        const int pitch = tbi_melody_pitch(&c->reader, k);
        allowed[k] = pitch >= c->lowest && pitch <= c->highest && (!strict || in_scale(&m->key, pitch)) &&
                     (last ? is_tonic(m, pitch) : !is_tired(m, pitch));
        n += allowed[k];
    }
    if (n == 0) /* a narrow range: it alone counts */
        for (int k = 0; k < MELODY_PITCHES; k++) {
            const int pitch = tbi_melody_pitch(&c->reader, k);
            allowed[k] = pitch >= c->lowest && pitch <= c->highest;
        }
    return n;
}

/* ---- notes ---- */

typedef enum { OFF_BEAT, BEAT, STRONG_BEAT } Accent;

static Accent accent_at(const TbMelody *m, int32_t onset) {
    const int32_t bar = tbi_melody_bar_at(m, onset), place = onset - m->line[bar];
    const bool compound = m->denominator >= 8 && m->numerator % 3 == 0;
    const int32_t beat = 4 * TB_GRID_MELODY * (compound ? 3 : 1) / m->denominator;
    return place == 0 ? STRONG_BEAT : place % (beat ? beat : 1) == 0 ? BEAT : OFF_BEAT;
}

static uint8_t velocity_at(const TbMelody *m, int32_t onset) {
    static const uint8_t velocity[] = {[OFF_BEAT] = 78, [BEAT] = 86, [STRONG_BEAT] = 96};
    return velocity[accent_at(m, onset)];
}

/* The network learned from melodies and chords that fit better than any that are given to it: pull the pitch a little
 * towards the tones of the chord, the more so the stronger the beat. */
static void pull_to_chord(Composer *c, int32_t onset) {
    static const float pull[] = {[OFF_BEAT] = 0.3f, [BEAT] = 0.8f, [STRONG_BEAT] = 1.6f};
    const TbChord chord = tbi_melody_chord_at(c->out, onset);
    const float strength = pull[accent_at(c->out, onset)];
    for (int k = 0; chord.root >= 0 && k < MELODY_PITCHES; k++)
        if (tb_chord_pitches(chord) >> (tbi_melody_pitch(&c->reader, k) % 12 + 12) % 12 & 1)
            c->stream.logits[k] += strength;
}

/* Melodies that wander off take another key's notes for long. When the key is hardly clearer than its best rival, pull
 * the pitch towards notes that make it clearer. */
static void pull_to_key(Composer *c, int32_t duration) {
    static const double CLEAR = 0.08, STRONGEST = 1.5;
    const double margin = c->out->n_notes < FEW_NOTES ? CLEAR : tb_key_margin(c->weight, c->out->key);
    double after[12], mean = 0, variance = 0;
    if (margin >= CLEAR)
        return;
    for (int k = 0; k < 12; k++) {
        c->weight[k] += duration;
        after[k] = tb_key_margin(c->weight, c->out->key);
        c->weight[k] -= duration;
        mean += after[k] / 12;
    }
    for (int k = 0; k < 12; k++)
        variance += (after[k] - mean) * (after[k] - mean) / 12;
    const double strength = STRONGEST * fmin(1, (CLEAR - margin) / CLEAR) / sqrt(variance + 1e-12);
    for (int k = 0; k < MELODY_PITCHES; k++)
        c->stream.logits[k] += (float)(strength * (after[(tbi_melody_pitch(&c->reader, k) % 12 + 12) % 12] - mean));
}

static int sample(Composer *c, MelodyField field, int32_t onset, const bool *allowed) {
    const TbSampling sampling = {(float)c->o->temperature, (float)c->o->top_p};
    tbi_melody_stream_logits(&c->stream, &c->step, field);
    if (field == MELODY_PITCH) {
        pull_to_chord(c, onset);
        pull_to_key(c, c->step.chosen[MELODY_DURATION]);
    }
    for (int k = 1; field != MELODY_PITCH && k < MELODY_TIMES; k++) /* long ones are few where notes are many */
        c->stream.logits[k] -= (float)(c->o->density * log(k));
    return tbi_sample(&sampling, c->stream.logits, allowed, melody_classes[field], &c->rng, c->stream.scratch);
}

/* Whether a bar that closes ends in these steps. */
static bool is_close(const Composer *c, int32_t from, int32_t to) {
    const TbMelody *m = c->out;
    for (int32_t bar = tbi_melody_bar_at(m, from); bar < m->n_bars && m->line[bar + 1] <= to; bar++)
        if (c->closes[bar])
            return true;
    return false;
}

/* The next note starts before this step: no two bars in a row are empty, nor is the first bar, which others may return,
 * and a bar that closes has a note. */
static int32_t latest_onset(const Composer *c, int32_t now, int32_t before) {
    const TbMelody *m = c->out;
    const int32_t bar = tbi_melody_bar_at(m, before);
    const int32_t after = m->n_notes ? bar + 2 : bar + 1;
    int32_t latest = m->line[after <= m->n_bars ? after : m->n_bars];
    const bool open = m->n_notes && !is_tonic(m, m->notes[m->n_notes - 1].pitch);
    for (int32_t b = tbi_melody_bar_at(m, now); open && b < m->n_bars && m->line[b] < latest; b++)
        if (c->closes[b] && m->line[b + 1] < latest)
            latest = m->line[b + 1];
    return latest > now ? latest : now + 1; /* after a long note */
}

/* Draws the next note of a stretch of new bars; false: its onset would be after the end. */
static bool draw_note(Composer *c, int32_t start, int32_t end) {
    TbMelody *m = c->out;
    const int32_t last = m->n_notes ? m->notes[m->n_notes - 1].onset : 0, free = last_end(m);
    const int32_t now = start > free ? start : free, latest = latest_onset(c, now, start > last ? start : last);
    bool allowed[MELODY_TIMES] = {false};
    int32_t onset;
    read_before(c);
    if (end - last >= MELODY_TIMES && (start - last >= MELODY_TIMES || free - last >= MELODY_TIMES)) {
        onset = now; /* after a long rest or note: at the first place */
    } else {
        for (int32_t gap = 0; gap < MELODY_TIMES; gap++)
            allowed[gap] =
                last + gap >= start && last + gap >= free && (m->n_notes == 0 || gap > 0) && last + gap < latest;
        const int gap = sample(c, MELODY_GAP, last, allowed);
        onset = gap < 0 ? end : last + gap;
    }
    if (onset >= end)
        return false;
    tbi_melody_after_gap(&c->reader, m->n_notes, onset, &c->step);
    for (int32_t k = 0; k < MELODY_TIMES; k++)
        allowed[k] = k > 0 && k <= end - onset;
    const int duration = sample(c, MELODY_DURATION, onset, allowed);
    c->step.chosen[MELODY_DURATION] = (int16_t)duration;
    allow_pitches(c, is_close(c, onset, onset + duration), allowed);
    const int pitch = tbi_melody_pitch(&c->reader, sample(c, MELODY_PITCH, onset, allowed));
    add(c, (TbMelodyNote){onset, duration, (uint8_t)pitch, velocity_at(m, onset)});
    return true;
}

/* ---- bars ---- */

static size_t first_of(const TbMelody *m, int32_t step) {
    size_t i = 0;
    while (i < m->n_notes && m->notes[i].onset < step)
        i++;
    return i;
}

static void keep_bar(Composer *c, int32_t bar) {
    const TbMelody *g = c->given;
    for (size_t i = first_of(g, g->line[bar]); i < g->n_notes && g->notes[i].onset < g->line[bar + 1]; i++)
        add(c, g->notes[i]);
}

static bool has_same_chords(const TbMelody *m, int32_t a, int32_t b) {
    const int32_t length = m->line[a + 1] - m->line[a];
    if (length != m->line[b + 1] - m->line[b])
        return false;
    for (int32_t step = 0; step < length; step++) {
        const TbChord x = tbi_melody_chord_at(m, m->line[a] + step), y = tbi_melody_chord_at(m, m->line[b] + step);
        if (x.root != y.root || (x.root >= 0 && x.kind != y.kind))
            return false;
    }
    return true;
}

/* Returns an earlier bar; what lasts over the bar line ends there. */
static void return_bar(Composer *c, int32_t bar, int32_t lag) {
    TbMelody *m = c->out;
    const int32_t shift = m->line[bar] - m->line[bar - lag], end = m->line[bar + 1];
    const size_t n = m->n_notes;
    for (size_t i = first_of(m, m->line[bar - lag]); i < n && m->notes[i].onset + shift < end; i++) {
        TbMelodyNote note = m->notes[i];
        note.onset += shift;
        if (note.onset + note.duration > end)
            note.duration = end - note.onset;
        if (note.onset >= last_end(m))
            add(c, note);
    }
}

static bool is_new(const Composer *c, const uint8_t *lag, int32_t bar) {
    return lag[bar] != MELODY_KEPT &&
           (lag[bar] == 0 || lag[bar] > bar || !has_same_chords(c->out, bar, bar - lag[bar]));
}

static void find_closing_bars(Composer *c, const uint8_t *lag) {
    for (int32_t bar = c->out->n_bars - 1; !c->o->loop && bar >= 0 && lag[bar] != MELODY_KEPT; bar -= lag[bar]) {
        c->closes[bar] = true;
        if (is_new(c, lag, bar))
            break;
    }
}

/* The last note is the tonic, unless it is given: what returns need not end like it. */
static void end_on_tonic(const Composer *c, const uint8_t *lag) {
    TbMelody *m = c->out;
    TbMelodyNote *last = m->n_notes ? &m->notes[m->n_notes - 1] : NULL;
    if (c->o->loop || !last || lag[tbi_melody_bar_at(m, last->onset)] == MELODY_KEPT)
        return;
    for (int step = 0; step < 12; step++) { /* down or up, whichever is nearer */
        const int pitch = last->pitch + (step % 2 ? step / 2 + 1 : -step / 2);
        if (is_tonic(m, pitch) && pitch >= c->lowest && pitch <= c->highest) {
            last->pitch = (uint8_t)pitch;
            return;
        }
    }
}

static void compose(Composer *c, const uint8_t *lag) {
    const TbMelody *m = c->out;
    find_closing_bars(c, lag);
    for (int32_t bar = 0; bar < m->n_bars;) {
        if (lag[bar] == MELODY_KEPT) {
            keep_bar(c, bar++);
        } else if (!is_new(c, lag, bar)) {
            return_bar(c, bar, lag[bar]);
            bar++;
        } else {
            int32_t end = bar;
            while (end < m->n_bars && is_new(c, lag, end))
                end++;
            while (draw_note(c, m->line[bar], m->line[end]))
                ;
            bar = end;
        }
    }
    end_on_tonic(c, lag);
}

TbStatus tbi_melody_compose(const TbMelodyModel *model, const TbMelodyOptions *o, const TbMelody *given,
                            const uint8_t *lag, TbMelody *out) {
    TbArena memory = {0};
    Composer c = {.o = o, .given = given, .out = out, .lowest = o->lowest, .highest = o->highest};
    const size_t most = (size_t)given->line[given->n_bars] + given->n_notes; /* a note a step */
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_allocate(out, (size_t)given->n_bars, most, given->n_chords);
    if (status)
        return status;
    tbi_melody_stream_init(&c.stream, model, given->n_chords > 0, &memory);
    c.closes = tbi_arena_alloc(&memory, (size_t)given->n_bars, sizeof *c.closes);
    if (memory.failed) {
        tbi_arena_free(&memory);
        tb_melody_free(out);
        return tbi_no_memory("to write a melody");
    }
    out->numerator = given->numerator;
    out->denominator = given->denominator;
    out->key = given->key;
    out->n_bars = given->n_bars;
    out->n_chords = given->n_chords;
    memcpy(out->line, given->line, ((size_t)given->n_bars + 1) * sizeof *out->line);
    memcpy(out->chords, given->chords, given->n_chords * sizeof *out->chords);
    c.reader = tbi_melody_reader(given);
    c.reader.melody = out;
    if (given->n_notes == 0)
        c.reader.base = tbi_melody_base(given->key.tonic, (o->lowest + o->highest) / 2.0);
    tb_rng_seed(&c.rng, o->seed);
    compose(&c, lag);
    tbi_arena_free(&memory);
    return TB_OK;
}
