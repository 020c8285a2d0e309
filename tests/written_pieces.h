/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of pieces that has learned nothing, and songs to write to. */
#ifndef TIMBREL_TESTS_WRITTEN_PIECES_H
#define TIMBREL_TESTS_WRITTEN_PIECES_H

#include "tests/run_tests.h"
#include "tests/small_pieces.h"

static TbPieceModel *model;

static inline int setup(void **state) {
    (void)state;
    assert_int_equal(small_piece_model(3, &model), TB_OK);
    return 0;
}

static inline int teardown(void **state) {
    (void)state;
    tb_piece_model_free(model);
    return 0;
}

static inline void song(uint64_t seed, int numerator, int denominator, TbScore *score) {
    assert_int_equal(small_piece(seed, numerator, denominator, score), TB_OK);
}

static inline int32_t bar_ticks(const TbScore *score) {
    return 4 * score->ticks_per_quarter * score->metres[0].numerator / score->metres[0].denominator;
}

#endif
