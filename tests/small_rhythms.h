/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small set of rhythms to learn from, and a model of few weights that learns them in a second. */
#ifndef TIMBREL_TESTS_SMALL_RHYTHMS_H
#define TIMBREL_TESTS_SMALL_RHYTHMS_H

#include "rhythm/model.h"
#include "rhythm/train.h"
#include "tests/small_scores.h"

static const RhythmSizes small_rhythm_sizes = {.latent = 8, .hidden = 16, .code = 4, .encoder = 8, .decoder = 12};

static inline void small_rhythm_options(TbTrainingPlan *plan, TbRhythmTrainOptions *o) {
    tb_rhythm_train_defaults(plan, o);
    small_plan(plan, 200, 16);
}

SMALL_TRAINING(rhythm, Rhythm)

/* Four bars of a beat in this metre that differ with the seed: kick and snare on the beats, hats on the eighths, played
 * a little early. */
static inline TbStatus small_beat(uint64_t seed, int numerator, int denominator, TbScore *score) {
    enum { TICKS = 480, STEP = TICKS / 4, BARS = 4, KICK = 36, SNARE = 38, HAT = 42 };
    TbRng rng;
    size_t part = 0;
    const int bar = numerator * 16 / denominator;
    tb_rng_seed(&rng, seed);
    TbStatus status = tb_score_new(TICKS, score);
    status = status ? status : tb_score_add_part(score, "Drums", -1, TB_SCORE_DRUM_CHANNEL, &part);
    status = status ? status : tb_score_add_metre(score, 0, numerator, denominator);
    status = status ? status : tb_score_add_tempo(score, 0, 6e7 / (90 + 10.0 * (double)(seed % 5)));
    for (int t = 0; status == TB_OK && t < BARS * bar; t++) {
        const int place = t % bar;
        const bool kick = place % 8 == 0 || (place == 6 && seed % 2), snare = place % 8 == 4, hat = place % 2 == 0;
        const int keys[] = {kick ? KICK : 0, snare ? SNARE : 0, hat ? HAT : 0};
        for (int k = 0; status == TB_OK && k < 3; k++)
            if (keys[k]) {
                int32_t onset = t * STEP - 8 + (int32_t)(tb_rng_next(&rng) % 9);
                status = tb_score_add_note(score, (TbScoreNote){.onset = onset > 0 ? onset : 0,
                                                                .duration = STEP / 2,
                                                                .pitch = (uint8_t)keys[k],
                                                                .velocity = (uint8_t)(50 + tb_rng_next(&rng) % 60),
                                                                .part = (uint16_t)part});
            }
    }
    if (status == TB_OK) {
        tb_score_sort(score);
        score->end = BARS * bar * STEP;
    } else {
        tb_score_free(score);
    }
    return status;
}

static inline TbStatus small_rhythm_add(void *set, int number, const TbScore *score, bool held_out) {
    return tb_rhythm_set_add(set, score, tb_drum_map(NULL), number % 2 ? 17 : 6, number % 3 == 0, held_out, NULL);
}

/* 24 patterns in 4/4 and 3/4 to learn from, of two groups, and 6 that are held out; to be freed
 * whatever is returned. */
static inline TbStatus small_rhythms(TbRhythmSet **set) {
    TbStatus status = tb_rhythm_set_new(set);
    return status ? status : small_scores(small_beat, small_rhythm_add, *set);
}

#endif
