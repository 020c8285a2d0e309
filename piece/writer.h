/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to piece/: writes bars of some roles, note by note. */
#ifndef TIMBREL_PIECE_WRITER_H
#define TIMBREL_PIECE_WRITER_H

#include "piece/allowed_notes.h"
#include "piece/model.h"

typedef struct {
    const TbPieceModel *model;
    const TbPieceOptions *options;
    const Piece *piece;
    unsigned write;    /* roles */
    size_t first, end; /* bars to be written: first .. end - 1 */
} PieceTask;

/* The notes of each role that is written; those of bars outside the task, and of all other roles, are the piece's: of
 * each role the part with the most notes. Arrays are from the arena. OFF */
TB_NODISCARD TbStatus tbi_piece_write(const PieceTask *task, TbArena *memory, PieceLine made[TB_PIECE_ROLES]);

#endif
