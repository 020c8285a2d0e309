/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "piece/set.h"
#include "base/no_memory.h"

#include <stdlib.h>

enum { FEWEST_NOTES = 8 };

TbStatus tb_piece_set_new(TbPieceSet **set) {
    *set = calloc(1, sizeof **set);
    return *set ? TB_OK : tbi_no_memory("for pieces to learn from");
}

void tb_piece_set_free(TbPieceSet *set) {
    for (int i = 0; set && i < 2; i++) {
        for (size_t k = 0; k < set->part[i].n; k++)
            tbi_piece_free(&set->part[i].example[k].piece);
        free(set->part[i].example);
    }
    free(set);
}

size_t tb_piece_set_count(const TbPieceSet *set, bool held_out) {
    return set->part[held_out].n_notes;
}

static TbStatus make_room(PieceExamples *e) {
    if (e->n < e->room)
        return TB_OK;
    const size_t room = e->room ? 2 * e->room : 64;
    PieceExample *grown = realloc(e->example, room * sizeof *grown);
    if (!grown)
        return tbi_no_memory("for %zu pieces to learn from", room);
    e->example = grown;
    e->room = room;
    return TB_OK;
}

/* Notes in bars that are not too long. */
static size_t possible_notes(const Piece *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->n_lines; i++)
        for (size_t b = 0; b < p->n_bars; b++)
            if (p->metre[b] < PIECE_METRES)
                n += tbi_piece_find(&p->lines[i], p->line[b + 1]) - tbi_piece_find(&p->lines[i], p->line[b]);
    return n;
}

TbStatus tb_piece_set_add(TbPieceSet *set, const TbScore *score, int style, double weight, bool held_out, size_t *n) {
    PieceExamples *e = &set->part[held_out];
    const PieceReading reading = {.find = true};
    Piece piece;
    if (n)
        *n = 0;
    if (style < 0 || style >= TB_PIECE_STYLES || !(weight > 0 && weight <= 1e6))
        return tb_fail(TB_ERR_ARGUMENT, "Pieces to learn from have a style of 0 to %d and a weight above 0.",
                       TB_PIECE_STYLES - 1);
    TbStatus status = make_room(e);
    status = status ? status : tbi_piece_read(score, &reading, &piece);
    if (status)
        return status;
    const size_t notes = possible_notes(&piece);
    if (notes < FEWEST_NOTES) {
        tbi_piece_free(&piece);
        return TB_OK;
    }
    piece.style = style;
    weight *= (double)notes;
    e->example[e->n++] = (PieceExample){piece, weight};
    e->n_notes += notes;
    e->weight += weight;
    if (n)
        *n = notes;
    return TB_OK;
}
