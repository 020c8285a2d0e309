/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: a piece as the network sees it: notes on the grid, by part; bars; chords. */
#ifndef TIMBREL_PIECE_NOTES_H
#define TIMBREL_PIECE_NOTES_H

#include "base/arena.h"
#include "timbrel/piece.h"

typedef struct {
    int32_t onset, duration; /* steps; 1 or more */
    uint8_t pitch;           /* MIDI; of drums the class */
    uint8_t velocity;
} PieceNote;

/* One part, or all of drums or bass: in order of onset, then pitch; no two alike. Notes of bass and melody do not
 * overlap. */
typedef struct {
    TbRole role;
    PieceNote *notes;
    size_t n;
    bool flat; /* all have one velocity: it tells nothing */
} PieceLine;

/* A bar, or a part of one in which the chord does not change. */
typedef struct {
    int32_t start, end; /* steps */
    size_t bar;
    TbChord chord; /* root -1: none is told */
    bool change;   /* another chord than before */
} PieceSpan;

typedef struct {
    PieceLine *lines; /* [n_lines] */
    size_t n_lines;
    int32_t *line;  /* [n_bars + 1]: bar lines */
    uint8_t *metre; /* [n_bars]: of PIECE_METRES */
    size_t n_bars;
    PieceSpan *spans; /* [first_span[n_bars]] */
    size_t *first_span;
    TbKey key; /* always has a tonic */
    int shift; /* a pitch relative to the tonic is the pitch - shift: -5 .. 6 */
    int style;
    double tempo; /* quarter notes a minute */
    size_t n_notes;
    TbArena memory; /* all arrays */
} Piece;

typedef struct {
    const TbRole *role;        /* [n_parts]; NULL: as tb_piece_roles finds */
    bool find;                 /* to learn from: the key the notes have, and chords found where there are no symbols */
    int32_t until, chords_end; /* ticks: the bars go on to here; symbols before the second one end there. 0: the end */
} PieceReading;

/* TB_ERR_UNSUPPORTED: too many bars. A bar over TB_PIECE_BAR has a metre of PIECE_METRES. OFF */
TB_NODISCARD TbStatus tbi_piece_read(const TbScore *score, const PieceReading *reading, Piece *piece);
void tbi_piece_free(Piece *piece); /* a zeroed one is fine. OFF */

/* The steps at which the notes start; step[n_notes]. OFF */
TB_NODISCARD TbStatus tbi_piece_onsets(const TbScore *score, int32_t *step);

/* The first note of the line at or after a step. RT */
size_t tbi_piece_find(const PieceLine *line, int32_t step);

static inline bool piece_is_single(TbRole role) {
    return role == TB_ROLE_BASS || role == TB_ROLE_MELODY;
}
static inline bool piece_same_chord(TbChord a, TbChord b) {
    return a.root == b.root && (a.root < 0 || (a.kind == b.kind && a.bass == b.bass));
}

enum { PIECE_METRES = 34 }; /* bars of 6, 12 .. 96 steps and odd ones, each simple or compound */

#endif
