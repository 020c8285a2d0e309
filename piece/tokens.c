/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "piece/tokens.h"

#include <math.h>

enum {
    EXACT = 48,  /* durations up to this have a class each, */
    COARSE = 12, /* longer ones one for each quarter note, */
    LONGEST = 384,
    DURATIONS = EXACT + (LONGEST - EXACT) / COARSE,
    NO_ROOT = 12,
    ROOTS = 13,
    PHRASE = 4,
    NOT_TOLD = PIECE_LEFT - 1,
};
enum { KIND_NOTE = 0, KIND_OPENING = TB_PIECE_ROLES, KIND_PART = 2 * TB_PIECE_ROLES, KIND_WHOLE = 3 * TB_PIECE_ROLES };

const size_t tbi_piece_classes[PIECE_FIELDS] = {
    [PIECE_PLACE] = PIECE_NONE + 1,
    [PIECE_PITCH] = PIECE_DRUM + TB_DRUM_CLASSES,
    [PIECE_DURATION] = DURATIONS,
    [PIECE_VELOCITY] = 16,
    [PIECE_KIND] = KIND_WHOLE + 1,
    [PIECE_METRE] = PIECE_METRES,
    [PIECE_ROOT] = 2 * ROOTS,
    [PIECE_CHORD] = TB_CHORD_KINDS,
    [PIECE_NEXT] = ROOTS,
    [PIECE_INTERVAL] = 12,
    [PIECE_CONTROL] = PIECE_FIRST_DENSITY + PIECE_DENSITIES,
    [PIECE_PHRASE] = PHRASE * PIECE_LEFT,
};

/* ---- values ---- */

int tbi_piece_duration_class(int32_t steps) {
    if (steps <= EXACT)
        return steps < 1 ? 0 : (int)steps - 1;
    steps = steps > LONGEST ? LONGEST : steps;
    const int class = EXACT - 1 + (int)(steps - EXACT + COARSE / 2) / COARSE;
    return class < DURATIONS ? class : DURATIONS - 1;
}

int32_t tbi_piece_duration_steps(int class) {
    return class < EXACT ? class + 1 : EXACT + (class - EXACT + 1) * COARSE;
}

static int scale(double x, double unit, double per_octave, int n) {
    const double class = floor(per_octave * log2(x / unit) + 0.5);
    return class < 0 ? 0 : class > n - 1 ? n - 1 : (int)class;
}

int tbi_piece_tempo_class(double tempo) {
    return scale(tempo > 1 ? tempo : 1, 45, 4, PIECE_TEMPOS);
}

int tbi_piece_density_class(double notes_a_bar) {
    return scale(notes_a_bar > 0.01 ? notes_a_bar : 0.01, 0.7, 2, PIECE_DENSITIES);
}

/* ---- spans ---- */

size_t tbi_piece_n_spans(const PieceView *v, size_t bar) {
    return bar < v->told_chords ? v->piece->first_span[bar + 1] - v->piece->first_span[bar] : 1;
}

PieceSpan tbi_piece_span(const PieceView *v, size_t bar, size_t k) {
    const Piece *p = v->piece;
    if (bar < v->told_chords)
        return p->spans[p->first_span[bar] + k];
    return (PieceSpan){p->line[bar], p->line[bar + 1], bar, {-1, 0, -1}, false};
}

/* The root of the next chord, which is another one. */
static int next_root(const PieceView *v, size_t bar, size_t k) {
    const Piece *p = v->piece;
    if (bar >= v->told_chords)
        return NO_ROOT;
    const size_t end = p->first_span[v->told_chords < p->n_bars ? v->told_chords : p->n_bars];
    const size_t next = p->first_span[bar] + k + 1;
    if (next >= end || p->spans[next].chord.root < 0)
        return NO_ROOT;
    return (p->spans[next].chord.root - p->key.tonic + 12) % 12;
}

/* ---- tokens ---- */

static void clear(int32_t *fields, int kind) {
    for (int f = 0; f < PIECE_FIELDS; f++)
        fields[f] = TB_NO_SYMBOL;
    fields[PIECE_KIND] = kind;
}

static void set_chord(const Piece *p, TbChord chord, int32_t *fields) {
    const int root = chord.root < 0 ? NO_ROOT : (chord.root - p->key.tonic + 12) % 12;
    fields[PIECE_ROOT] = root + (p->key.minor ? ROOTS : 0);
    fields[PIECE_CHORD] = chord.root < 0 ? TB_NO_SYMBOL : chord.kind;
}

size_t tbi_piece_n_controls(const PieceView *v) {
    return 2 + v->n_parts;
}

void tbi_piece_control(const PieceView *v, size_t i, size_t first_bar, int32_t *fields) {
    static const TbChord none = {-1, 0, -1};
    if (i < 2) {
        clear(fields, KIND_WHOLE);
        set_chord(v->piece, none, fields);
        fields[PIECE_METRE] = v->piece->metre[first_bar];
        if (i == 0)
            fields[PIECE_CONTROL] = v->style; /* -1 is TB_NO_SYMBOL */
        else if (v->tempo >= 0)
            fields[PIECE_CONTROL] = PIECE_FIRST_TEMPO + v->tempo;
        return;
    }
    const TbRole role = v->order[i - 2];
    clear(fields, KIND_PART + (int)role);
    fields[PIECE_PITCH] = v->middle[role];
    if (v->density[role] >= 0)
        fields[PIECE_CONTROL] = PIECE_FIRST_DENSITY + v->density[role];
}

/* 0 .. 5: 0, 1, 2, 3, 4 .. 7, 8 and more bars after this one. */
static int bars_left(const PieceView *v, size_t bar) {
    const size_t left = v->piece->n_bars - 1 - bar;
    return !v->told_end ? NOT_TOLD : left < 4 ? (int)left : left < 8 ? 4 : 5;
}

void tbi_piece_opening(const PieceView *v, TbRole role, size_t bar, size_t k, int32_t *fields) {
    const PieceSpan span = tbi_piece_span(v, bar, k);
    clear(fields, KIND_OPENING + (int)role);
    set_chord(v->piece, span.chord, fields);
    fields[PIECE_PLACE] = (int32_t)(span.start - v->piece->line[bar]);
    fields[PIECE_METRE] = v->piece->metre[bar];
    fields[PIECE_NEXT] = next_root(v, bar, k);
    fields[PIECE_PHRASE] = (int32_t)(bar % PHRASE) * PIECE_LEFT + bars_left(v, bar);
}

static int pitch_class(const PieceView *v, TbRole role, const PieceNote *note) {
    return role == TB_ROLE_DRUMS ? PIECE_DRUM + note->pitch : note->pitch - v->shift;
}

static int velocity_class(const PieceView *v, TbRole role, const PieceNote *note) {
    const int velocity = note->velocity + v->louder[role];
    return piece_velocity_class(velocity < 1 ? 1 : velocity > 127 ? 127 : velocity);
}

void tbi_piece_label(const PieceView *v, TbRole role, const PieceSpan *span, const PieceNote *note, bool flat,
                     int32_t *label) {
    for (int f = 0; f < PIECE_PREDICTED; f++)
        label[f] = TB_NO_SYMBOL;
    if (!note) {
        label[PIECE_PLACE] = PIECE_NONE;
        return;
    }
    label[PIECE_PLACE] = note->onset - v->piece->line[span->bar];
    label[PIECE_PITCH] = pitch_class(v, role, note);
    if (role != TB_ROLE_DRUMS)
        label[PIECE_DURATION] = tbi_piece_duration_class(note->duration);
    if (!flat)
        label[PIECE_VELOCITY] = velocity_class(v, role, note);
}

void tbi_piece_note(const PieceView *v, TbRole role, const PieceSpan *span, const PieceNote *note, bool flat,
                    int32_t *fields) {
    clear(fields, KIND_NOTE + (int)role);
    tbi_piece_label(v, role, span, note, flat, fields);
    set_chord(v->piece, span->chord, fields);
    if (role != TB_ROLE_DRUMS && span->chord.root >= 0)
        fields[PIECE_INTERVAL] = (note->pitch - span->chord.root + 12) % 12;
}

PieceNote tbi_piece_note_of(const PieceView *v, TbRole role, const PieceSpan *span, const int32_t *label) {
    enum { DRUM_STEPS = 1 };
    const bool drums = role == TB_ROLE_DRUMS;
    return (PieceNote){
        .onset = v->piece->line[span->bar] + label[PIECE_PLACE],
        .duration = drums ? DRUM_STEPS : tbi_piece_duration_steps(label[PIECE_DURATION]),
        .pitch = (uint8_t)(drums ? label[PIECE_PITCH] - PIECE_DRUM : label[PIECE_PITCH] + v->shift),
        .velocity = (uint8_t)piece_velocity(label[PIECE_VELOCITY]),
    };
}
