/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: sequences of tokens from bars of a piece, to learn from. */
#ifndef TIMBREL_PIECE_WINDOW_H
#define TIMBREL_PIECE_WINDOW_H

#include "piece/tokens.h"

enum { PIECE_WINDOW = 512 /* tokens of a sequence, at most */ };

/* Sequences, one after the other; room for `room` tokens in arrays that are not owned. */
typedef struct {
    int32_t *fields, *labels; /* [room][PIECE_FIELDS], [room][PIECE_PREDICTED] */
    int *bars;                /* [room] */
    size_t n, room;
} PieceTokens;

/* All parts, one for each role (that with the most notes), in a fixed order; style, chords and end are told. */
void tbi_piece_view_all(const Piece *piece, PieceView *view);

/* The controls and tokens of these bars, in this order, as many tokens as there is room for. RT */
void tbi_piece_encode(const PieceView *view, const size_t *bars, size_t n_bars, PieceTokens *tokens);

/* The tokens of a bar. RT */
size_t tbi_piece_n_tokens(const PieceView *view, size_t bar);

/* How many bars from `first` on have tokens that fit into a window; at least one. RT */
size_t tbi_piece_fitting(const PieceView *view, size_t first);

/* A random window of the piece: bars, parts, their order, what is told, and a span of bars to fill in. varied: as in
 * another key, and with each part louder or softer. RT */
void tbi_piece_draw_window(const Piece *piece, bool varied, TbRng *rng, PieceTokens *tokens);

#endif
