/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small set of pieces of four parts to learn from, and a model of few weights that learns them in a second. */
#ifndef TIMBREL_TESTS_SMALL_PIECES_H
#define TIMBREL_TESTS_SMALL_PIECES_H

#include "piece/train.h"
#include "tests/small_scores.h"

static const PieceSizes small_piece_sizes = {
    .layers = 1, .heads = 2, .head_dim = 8, .hidden = 24, .head_width = 12, .steps = 8, .bars = 4, .ahead = 2};

static inline void small_piece_options(TbTrainingPlan *plan, TbPieceTrainOptions *o) {
    tb_piece_train_defaults(plan, o);
    small_plan(plan, 300, 4);
    o->look_windows = 4;
}

SMALL_TRAINING(piece, Piece)

enum { SMALL_TICKS = 480, SMALL_BARS = 8, SMALL_STEP = SMALL_TICKS / TB_GRID_MELODY };

static inline TbStatus small_note(TbScore *score, size_t part, int32_t step, int32_t steps, int pitch, int velocity) {
    const TbScoreNote note = {step * SMALL_STEP, steps * SMALL_STEP, (uint8_t)pitch, (uint8_t)velocity, (uint16_t)part};
    return tb_score_add_note(score, note);
}

static inline TbStatus small_bar(TbScore *score, const size_t *part, int32_t line, int32_t steps, int root,
                                 TbRng *rng) {
    static const int scale[] = {0, 2, 4, 5, 7, 9, 11, 12};
    TbStatus status = TB_OK;
    for (int32_t at = 0; status == TB_OK && at < steps; at += 6) {
        status = small_note(score, part[0], line + at, 1, 42, 68);
        if (status == TB_OK && at % 12 == 0)
            status = small_note(score, part[0], line + at, 1, at % 24 ? 38 : 36, 92);
        if (status == TB_OK && at % 12 == 0)
            status = small_note(score, part[1], line + at, 6, 36 + root, at ? 84 : 92);
        for (int k = 0; status == TB_OK && at == 0 && k < 3; k++)
            status = small_note(score, part[2], line, steps,
                                60 + root +
                                    (k == 0   ? 0
                                     : k == 1 ? 4
                                              : 7),
                                60 + 8 * (k % 2));
        if (status == TB_OK && tb_rng_next(rng) % 3)
            status = small_note(score, part[3], line + at, at + 6 < steps ? 6 : 3, 72 + scale[tb_rng_next(rng) % 8],
                                tb_rng_next(rng) % 2 ? 100 : 76);
    }
    return status;
}

/* Eight bars of drums, bass, chords and melody over chord symbols, C and G in turn, two a bar in every other bar that
 * can be halved. */
static inline TbStatus small_piece(uint64_t seed, int numerator, int denominator, TbScore *score) {
    static const char *const names[] = {"Drums", "Bass", "Chords", "Voice"};
    const int32_t steps = numerator * 4 * TB_GRID_MELODY / denominator;
    TbRng rng;
    size_t part[4] = {0};
    tb_rng_seed(&rng, seed);
    TbStatus status = tb_score_new(SMALL_TICKS, score);
    for (int i = 0; status == TB_OK && i < 4; i++)
        status = tb_score_add_part(score, names[i], i == 1 ? 33 : 0, i ? i : TB_SCORE_DRUM_CHANNEL, &part[i]);
    status = status ? status : tb_score_add_metre(score, 0, numerator, denominator);
    status = status ? status : tb_score_add_key(score, 0, 0, false);
    for (int b = 0; status == TB_OK && b < SMALL_BARS; b++) {
        const int root = b % 2 ? 7 : 0;
        status = small_bar(score, part, b * steps, steps, root, &rng);
        status = status ? status : tb_score_add_chord(score, b * steps * SMALL_STEP, root ? "G:major" : "C:major");
        if (status == TB_OK && b % 4 == 2 && steps % 24 == 0)
            status = tb_score_add_chord(score, (b * steps + steps / 2) * SMALL_STEP, "F:major");
    }
    if (status) {
        tb_score_free(score);
        return status;
    }
    tb_score_sort(score);
    score->end = SMALL_BARS * steps * SMALL_STEP;
    return TB_OK;
}

static inline TbStatus small_piece_add(void *set, int number, const TbScore *score, bool held_out) {
    return tb_piece_set_add(set, score, number % 2, 1, held_out, NULL);
}

/* 8 pieces in 4/4 and 3/4 to learn from, and 2 that are held out; to be freed whatever is returned. */
static inline TbStatus small_pieces(TbPieceSet **set) {
    TbStatus status = tb_piece_set_new(set);
    return status ? status : small_scores(small_piece, small_piece_add, *set);
}

/* Weights that have learned nothing, far from flat; parts end often enough. */
static inline TbStatus small_piece_model(uint64_t seed, TbPieceModel **model) {
    TbStatus status = tbi_piece_model_new(&small_piece_sizes, model);
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (size_t i = 0; status == TB_OK && i < (*model)->net.parameters.n_params; i++)
        (*model)->params[i] = 0.4f * tb_rng_normal(&rng);
    if (status == TB_OK)
        (*model)->params[(*model)->net.heads[PIECE_PLACE].logits_bias + PIECE_NONE] = 4;
    return status;
}

#endif
