/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ten scores for the small sets of music: three of four in 4/4, the others in 3/4. */
#ifndef TIMBREL_TESTS_SMALL_SCORES_H
#define TIMBREL_TESTS_SMALL_SCORES_H

#include "timbrel/nn.h"
#include "timbrel/score.h"

/* Makes each score, whose seed is its number, and adds it to a set; the last two are to be held out. */
static inline TbStatus small_scores(TbStatus (*make)(uint64_t seed, int numerator, int denominator, TbScore *score),
                                    TbStatus (*add)(void *set, int number, const TbScore *score, bool held_out),
                                    void *set) {
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && i < 10; i++) {
        TbScore score;
        status = make((uint64_t)i, i % 4 == 3 ? 3 : 4, 4, &score);
        if (status)
            break;
        status = add(set, i, &score, i >= 8);
        tb_score_free(&score);
    }
    return status;
}

/* A short run, with a look in the middle. */
static inline void small_plan(TbTrainingPlan *plan, uint64_t steps, size_t batch) {
    plan->steps = steps;
    plan->batch = batch;
    plan->look_every = steps / 2;
    plan->learning_rate = 1e-2;
    plan->average = 0.9;
}

/* Defines small_NAME_trained: trains a small model on a small set; *report, if not NULL, is the last one. */
#define SMALL_TRAINING(name, Name)                                                                                     \
    static inline bool small_##name##_keep_report(void *context, const Tb##Name##Report *report) {                     \
        *(Tb##Name##Report *)context = *report;                                                                        \
        return true;                                                                                                   \
    }                                                                                                                  \
    static inline TbStatus small_##name##_trained(const Tb##Name##Set *set, Tb##Name##Report *report,                  \
                                                  Tb##Name##Model **model) {                                           \
        TbTrainingPlan plan;                                                                                           \
        Tb##Name##TrainOptions o;                                                                                      \
        small_##name##_options(&plan, &o);                                                                             \
        o.report = report ? small_##name##_keep_report : NULL;                                                         \
        o.context = report;                                                                                            \
        return tbi_##name##_train(set, &small_##name##_sizes, &plan, &o, model);                                       \
    }

#endif
