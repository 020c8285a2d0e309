/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "piece/allowed_notes.h"

enum {
    MOST_AT_ONCE = 5,    /* notes of chords and other parts */
    MOST_RESTS = 2,      /* bars */
    MOST_REPEATS = 5,    /* of a pitch in a melody */
    OUTSIDE = 8,         /* one note in so many may be outside, ... */
    OUTSIDE_CHORDS = 16, /* ... of chords one in so many, which then is in the scale */
};

/* ---- how the writing stands ---- */

void tbi_piece_guard_bar(PieceGuard *g) {
    g->rests = g->in_bar ? 0 : g->rests + 1;
    g->in_bar = 0;
}

static int bass_of(TbChord chord) {
    return chord.bass >= 0 ? chord.bass : chord.root;
}

/* Chords and their bass end where the chord changes. */
static int32_t next_change(const PieceView *v, size_t bar, size_t k) {
    const Piece *p = v->piece;
    if (bar >= v->told_chords)
        return INT32_MAX;
    for (size_t i = p->first_span[bar] + k + 1; i < p->first_span[p->n_bars]; i++)
        if (p->spans[i].change)
            return p->spans[i].start;
    return INT32_MAX;
}

void tbi_piece_guard_span(PieceGuard *g, const PieceView *v, size_t bar, size_t k, int32_t end) {
    const int32_t change = next_change(v, bar, k);
    g->span = tbi_piece_span(v, bar, k);
    g->last_span = k + 1 == tbi_piece_n_spans(v, bar);
    g->in_span = g->at_once = 0;
    g->limit = (g->role == TB_ROLE_BASS || g->role == TB_ROLE_CHORDS) && change < end ? change : end;
}

/* ---- pitches ---- */

static unsigned scale_of(TbKey key) {
    static const unsigned major = 0xAB5, minor = 0x9AD | 1u << 11; /* with the leading note, too */
    const unsigned scale = key.minor ? minor : major;
    return (scale << key.tonic | scale >> (12 - key.tonic)) & 0xFFF;
}

/* The pitch classes of the chord, and but for chords of the scale. */
static unsigned inside(const PieceGuard *g, const PieceView *v) {
    const unsigned chord = tb_chord_pitches(g->span.chord);
    return g->role == TB_ROLE_CHORDS && chord ? chord : chord | scale_of(v->piece->key);
}

static bool is_inside(unsigned set, int pitch) {
    return set >> pitch % 12 & 1;
}

void tbi_piece_guard_note(PieceGuard *g, const PieceView *v, const PieceNote *note) {
    g->at_once = g->in_span && note->onset == g->last.onset ? g->at_once + 1 : 1;
    g->in_span++;
    g->in_bar++;
    g->n++;
    g->outside += g->role != TB_ROLE_DRUMS && !is_inside(inside(g, v), note->pitch);
    g->repeats = g->n > 1 && g->last.pitch == note->pitch ? g->repeats + 1 : 0;
    g->free_from = piece_is_single(g->role) ? note->onset + note->duration : note->onset;
    g->last = *note;
}

/* The pitch classes that are possible now. Where a chord begins, its bass does. */
static unsigned possible(const PieceGuard *g, const PieceView *v) {
    if (g->role == TB_ROLE_BASS && g->span.change && g->in_span == 0 && g->span.chord.root >= 0)
        return 1u << bass_of(g->span.chord);
    if (g->role == TB_ROLE_CHORDS)
        return g->in_span > 0 && (g->outside + 1) * OUTSIDE_CHORDS <= g->n + 1 ? inside(g, v) | scale_of(v->piece->key)
                                                                               : inside(g, v);
    return (g->outside + 1) * OUTSIDE <= g->n + 1 ? 0xFFF : inside(g, v);
}

/* Pitches (of drums, classes) from `from` on. Returns how many. */
static size_t allow_pitches(const PieceGuard *g, const PieceView *v, int from, bool *allowed) {
    const unsigned set = possible(g, v);
    size_t n = 0;
    memset(allowed, 0, tbi_piece_classes[PIECE_PITCH] * sizeof *allowed);
    if (g->role == TB_ROLE_DRUMS) {
        for (int drum = from; drum < TB_DRUM_CLASSES; drum++, n++)
            allowed[PIECE_DRUM + drum] = true;
        return n;
    }
    for (int pitch = from > g->lowest ? from : g->lowest; pitch <= g->highest; pitch++) {
        const int class = pitch - v->shift;
        const bool again = g->role == TB_ROLE_MELODY && g->repeats >= MOST_REPEATS && pitch == g->last.pitch;
        if (is_inside(set, pitch) && !again && class >= 0 && class < PIECE_DRUM) {
            allowed[class] = true;
            n++;
        }
    }
    return n;
}

static int first_pitch(const PieceGuard *g, int32_t onset) {
    return g->in_span && onset == g->last.onset ? g->last.pitch + 1 : 0;
}

/* ---- fields ---- */

static bool another_at_once(const PieceGuard *g, const PieceView *v) {
    bool pitches[PIECE_DRUM + TB_DRUM_CLASSES];
    const size_t most = g->role == TB_ROLE_DRUMS ? TB_DRUM_CLASSES : MOST_AT_ONCE;
    return !piece_is_single(g->role) && g->at_once < most && allow_pitches(g, v, g->last.pitch + 1, pitches) > 0;
}

static void allow_places(const PieceGuard *g, const PieceView *v, bool *allowed) {
    const int32_t line = v->piece->line[g->span.bar];
    int32_t from = g->span.start > g->free_from ? g->span.start : g->free_from;
    size_t n = 0;
    memset(allowed, 0, tbi_piece_classes[PIECE_PLACE] * sizeof *allowed);
    if (!piece_is_single(g->role) && g->in_span)
        from = g->last.onset + !another_at_once(g, v);
    for (int32_t step = from; step < g->span.end && g->in_bar < g->most; step++, n++)
        allowed[step - line] = true;
    const bool rests = g->role != TB_ROLE_MELODY && g->role != TB_ROLE_OTHER;
    const bool has_to_play = rests && g->rests >= MOST_RESTS && g->in_bar == 0 && g->last_span;
    allowed[PIECE_NONE] = n == 0 || !has_to_play;
}

void tbi_piece_guard_allow(const PieceGuard *g, const PieceView *v, PieceField field, const int32_t *label,
                           bool *allowed) {
    const int32_t onset = v->piece->line[g->span.bar] + label[PIECE_PLACE];
    switch (field) {
    case PIECE_PLACE:
        allow_places(g, v, allowed);
        break;
    case PIECE_PITCH:
        allow_pitches(g, v, first_pitch(g, onset), allowed);
        break;
    case PIECE_DURATION:
        for (size_t class = 0; class < tbi_piece_classes[PIECE_DURATION]; class ++)
            allowed[class] = onset + tbi_piece_duration_steps((int)class) <= g->limit;
        break;
    default:
        memset(allowed, 1, tbi_piece_classes[field] * sizeof *allowed);
    }
}
