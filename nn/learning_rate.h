/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the learning rate over a run: linear warm-up, then half a period of a cosine down to a final rate
 * (Loshchilov and Hutter 2017, without restarts). */
#ifndef TIMBREL_NN_LEARNING_RATE_H
#define TIMBREL_NN_LEARNING_RATE_H

#include <math.h>
#include <stdint.h>

typedef struct {
    double peak, final_share; /* final_share: of the peak */
    double warm_up_steps;     /* 1 or more */
} TbLearningRate;

/* step: from 0; done: the share of the run that is completed. RT */
static inline double tbi_learning_rate(const TbLearningRate *rate, uint64_t step, double done) {
    double warm = fmin(1, (double)(step + 1) / rate->warm_up_steps);
    double cosine = 0.5 * (1 + cos(3.14159265358979 * fmin(1, done)));
    return rate->peak * warm * (rate->final_share + (1 - rate->final_share) * cosine);
}

#endif
