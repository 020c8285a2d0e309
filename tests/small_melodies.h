/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small set of melodies to learn from, and a model of few weights that learns them in a second. */
#ifndef TIMBREL_TESTS_SMALL_MELODIES_H
#define TIMBREL_TESTS_SMALL_MELODIES_H

#include "melody/train.h"
#include "tests/small_scores.h"

static const MelodySizes small_melody_sizes = {.embedding = 12, .units = 16, .head = 10};

static inline void small_melody_options(TbTrainingPlan *plan, TbMelodyTrainOptions *o) {
    tb_melody_train_defaults(plan, o);
    small_plan(plan, 100, 4);
}

SMALL_TRAINING(melody, Melody)

/* Eight bars over chord symbols: scales up and down from a tonic that differs with the seed, in quarters and eighths;
 * bars 5 and 6 return bars 1 and 2. */
static inline TbStatus small_tune(uint64_t seed, int numerator, int denominator, TbScore *score) {
    enum { TICKS = 480, BARS = 8 };
    static const int scale[] = {0, 2, 4, 5, 7, 9, 11, 12};
    const int bar = numerator * 4 * TICKS / denominator, tonic = 60 + (int)(seed % 5);
    TbRng rng;
    size_t part = 0;
    tb_rng_seed(&rng, seed);
    TbStatus status = tb_score_new(TICKS, score);
    status = status ? status : tb_score_add_part(score, "Voice", -1, 0, &part);
    status = status ? status : tb_score_add_metre(score, 0, numerator, denominator);
    for (int b = 0; status == TB_OK && b < BARS; b++) {
        TbRng same;
        char text[TB_CHORD_TEXT];
        tb_rng_seed(&same, seed + 10 * (uint64_t)(b == 4 || b == 5 ? b - 4 : b));
        const TbChord chord = {(int8_t)((tonic + (b % 4 == 2 ? 7 : 0)) % 12), 0, -1};
        tb_chord_symbol(chord, false, text);
        status = tb_score_add_chord(score, b * bar, text);
        for (int at = 0, step = (int)(tb_rng_next(&same) % 5); status == TB_OK && at < bar;) {
            const int length = tb_rng_next(&same) % 3 && at + TICKS <= bar ? TICKS : TICKS / 2;
            step += tb_rng_next(&same) % 2 ? 1 : 7;
            status = tb_score_add_note(
                score, (TbScoreNote){b * bar + at, length, (uint8_t)(tonic + scale[step % 8]), 80, (uint16_t)part});
            at += length;
        }
    }
    if (status) {
        tb_score_free(score);
        return status;
    }
    tb_score_sort(score);
    score->end = BARS * bar;
    return TB_OK;
}

/* The melody of a small tune. */
static inline TbStatus small_melody(uint64_t seed, int numerator, int denominator, TbMelody *melody) {
    TbScore score;
    TbStatus status = small_tune(seed, numerator, denominator, &score);
    if (status)
        return status;
    status = tb_melody_from_score(&score, 0, 0, melody);
    tb_score_free(&score);
    return status;
}

static inline TbStatus small_melody_add(void *set, int number, const TbScore *score, bool held_out) {
    (void)number;
    return tb_melody_set_add(set, score, held_out, NULL);
}

/* 8 melodies in 4/4 and 3/4 to learn from, and 2 that are held out; to be freed whatever is returned. */
static inline TbStatus small_melodies(TbMelodySet **set) {
    TbStatus status = tb_melody_set_new(set);
    return status ? status : small_scores(small_tune, small_melody_add, *set);
}

#endif
