/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: how well a network does its tasks on given patterns. */
#ifndef TIMBREL_RHYTHM_EVALUATE_H
#define TIMBREL_RHYTHM_EVALUATE_H

#include "rhythm/set.h"

enum { RHYTHM_THRESHOLDS = 17 }; /* logits -2, -1.75 .. 2 */

static inline float rhythm_threshold(int i) {
    return -2 + 0.25f * (float)i;
}

typedef struct {
    double ms, squared, velocity;           /* humanised: means over hits, as in TbRhythmReport */
    double velocity_squared;                /* mean squared error */
    double quantised_ms, quantised_squared; /* the same of offsets 0 */
    double f1[RHYTHM_THRESHOLDS];           /* reconstructed, by threshold of the logit */
    double hits, kl;                        /* nats a pattern */
    size_t n_hits;
} RhythmScores;

/* Runs batches of the network's size. styles: whether it is told the style. */
TB_NODISCARD TbStatus tbi_rhythm_evaluate(RhythmNetwork *net, const RhythmExample *const *examples, size_t n,
                                          bool styles, TbThreadPool *pool, RhythmScores *scores);

#endif
