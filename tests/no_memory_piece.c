/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: pieces. */
#include "tests/no_memory.h"

enum { WRITTEN = 1 << TB_ROLE_BASS | 1 << TB_ROLE_CHORDS };

static const TbPieceOptions *plain(void) {
    static TbPieceOptions o;
    tb_piece_defaults(&o);
    return &o;
}

static TbStatus roles(Out *out) {
    (void)out;
    TbRole role[8];
    return tb_piece_roles(shared_piece(), role);
}

static TbStatus write_parts(Out *out) {
    return tb_piece_write_parts(shared_models()->piece, shared_piece(), WRITTEN, plain(), &out->score);
}

static TbStatus go_on(Out *out) {
    return tb_piece_continue(shared_models()->piece, shared_piece(), 1, plain(), &out->score);
}

static TbStatus fill(Out *out) {
    return tb_piece_fill(shared_models()->piece, shared_piece(), 1, 1, 0, plain(), &out->score);
}

const NoMemoryCase cases_piece[] = {
    {.covers = "tb_piece_roles", .run = roles},
    {.covers = "tb_piece_write_parts", .run = write_parts, .release = free_score},
    {.covers = "tb_piece_continue", .run = go_on, .release = free_score},
    {.covers = "tb_piece_fill", .run = fill, .release = free_score},
    {0},
};
