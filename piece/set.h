/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: pieces to learn from. */
#ifndef TIMBREL_PIECE_SET_H
#define TIMBREL_PIECE_SET_H

#include "piece/notes.h"

typedef struct {
    Piece piece;
    double weight; /* of all its notes */
} PieceExample;

typedef struct {
    PieceExample *example;
    size_t n, room, n_notes;
    double weight; /* of all */
} PieceExamples;

struct TbPieceSet {
    PieceExamples part[2]; /* to learn from, held out */
};

#endif
