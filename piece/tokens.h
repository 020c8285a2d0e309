/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: tokens. A sequence begins with controls: style, tempo, and for each part, in the order in which
 * parts come in every bar, how dense it is and where it lies. Then bar by bar, within a bar from chord to chord, part
 * by part: a token that opens the part, with metre and chord, and one token a note. After each of these tokens the
 * network predicts the next note of the part, or that there is none until the chord or the bar ends.
 *
 * Pitches are relative to the key's tonic, so a piece is one sequence in all keys. Bars may come in another order than
 * they have in the piece (after Donahue et al. 2020, "Enabling language models to fill in the blanks"): attention by
 * bars knows where they belong. */
#ifndef TIMBREL_PIECE_TOKENS_H
#define TIMBREL_PIECE_TOKENS_H

#include "nn/token_model.h"
#include "piece/notes.h"

typedef enum {
    PIECE_PLACE, /* steps from the bar line, or PIECE_NONE */
    PIECE_PITCH,
    PIECE_DURATION,
    PIECE_VELOCITY,
    PIECE_PREDICTED, /* fields */
    PIECE_KIND = PIECE_PREDICTED,
    PIECE_METRE,
    PIECE_ROOT,     /* of the chord, relative to the tonic; and the mode of the key */
    PIECE_CHORD,    /* kind */
    PIECE_NEXT,     /* root of the chord after it */
    PIECE_INTERVAL, /* of a note above the chord's root */
    PIECE_CONTROL,
    PIECE_PHRASE, /* place of the bar in four, and bars that are left */
    PIECE_FIELDS
} PieceField;

enum {
    PIECE_NONE = TB_PIECE_BAR, /* no more notes */
    PIECE_DRUM = 128,          /* the first pitch that is a drum */
    PIECE_TEMPOS = 12,
    PIECE_DENSITIES = 12,
    PIECE_FIRST_TEMPO = TB_PIECE_STYLES,
    PIECE_FIRST_DENSITY = PIECE_FIRST_TEMPO + PIECE_TEMPOS,
    PIECE_LEFT = 7, /* classes of bars that are left: 0 .. 5 as counted in tokens.c, and not told */
};

extern const size_t tbi_piece_classes[PIECE_FIELDS];

/* ---- values ---- */

int tbi_piece_duration_class(int32_t steps);
int32_t tbi_piece_duration_steps(int class);
static inline int piece_velocity_class(int velocity) {
    return velocity / 8;
}
static inline int piece_velocity(int class) {
    return 8 * class + 4;
}
int tbi_piece_tempo_class(double tempo);
int tbi_piece_density_class(double notes_a_bar);

/* ---- what of a piece a sequence tells ---- */

typedef struct {
    const Piece *piece;
    const PieceLine *line[TB_PIECE_ROLES]; /* by role; NULL: without it */
    TbRole order[TB_PIECE_ROLES];
    size_t n_parts;
    size_t told_chords;                                  /* chords of the bars before this one are told */
    bool told_end;                                       /* how many bars are left */
    int style, tempo;                                    /* classes; -1: not told */
    int shift;                                           /* a pitch relative to the tonic is the pitch - shift */
    int louder[TB_PIECE_ROLES];                          /* added to velocities; 0 but in windows to learn from */
    int density[TB_PIECE_ROLES], middle[TB_PIECE_ROLES]; /* class; pitch relative to the key; -1: not told */
} PieceView;

size_t tbi_piece_n_spans(const PieceView *view, size_t bar);
PieceSpan tbi_piece_span(const PieceView *view, size_t bar, size_t k);

/* ---- tokens: each fills fields[PIECE_FIELDS] ---- */

size_t tbi_piece_n_controls(const PieceView *view);
void tbi_piece_control(const PieceView *view, size_t i, size_t first_bar, int32_t *fields);
void tbi_piece_opening(const PieceView *view, TbRole role, size_t bar, size_t k, int32_t *fields);
/* flat: without its velocity. */
void tbi_piece_note(const PieceView *view, TbRole role, const PieceSpan *span, const PieceNote *note, bool flat,
                    int32_t *fields);
/* The predicted fields of a note; of NULL: none. */
void tbi_piece_label(const PieceView *view, TbRole role, const PieceSpan *span, const PieceNote *note, bool flat,
                     int32_t *label);
/* The note that predicted fields mean. */
PieceNote tbi_piece_note_of(const PieceView *view, TbRole role, const PieceSpan *span, const int32_t *label);

#endif
