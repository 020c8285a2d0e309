/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: what an index of copies holds. */
#ifndef TIMBREL_SCORE_COPY_INDEX_H
#define TIMBREL_SCORE_COPY_INDEX_H

#include "score/suffix_array.h"
#include "timbrel/score.h"

#define COPY_END UINT64_MAX /* after each line */

typedef struct {
    uint64_t *token; /* [n], owned: below TBI_END_TOKEN, or COPY_END */
    size_t n, room;
} CopyText;

typedef struct {
    size_t from_lines, from_bars; /* where the piece begins in the texts */
    char *name;                   /* owned */
} CopiedPiece;

struct TbCopyIndex {
    CopyText lines, bars;
    CopiedPiece *pieces; /* [n_pieces], owned */
    size_t n_pieces, room;
};

/* A new piece, named by n bytes, has all lines that are added from now on. */
TB_NODISCARD TbStatus tbi_copy_index_begin(TbCopyIndex *index, const char *name, size_t n);
/* Takes all pieces away but the first n_pieces. */
void tbi_copy_index_shorten(TbCopyIndex *index, size_t n_pieces);

#endif
