/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: AdamW on a part of the parameter slab. */
#ifndef TIMBREL_NN_ADAMW_H
#define TIMBREL_NN_ADAMW_H

#include "timbrel/nn.h"

/* Constants of one step, computed once for all weights. */
typedef struct {
    float beta1, beta2;
    float clip;          /* gradients are multiplied by this */
    float rate;          /* learning rate / (1 - beta1^t) */
    float inverse_root2; /* 1 / sqrt(1 - beta2^t) */
    float epsilon;
    float keep; /* weights that decay are multiplied by this: 1 - learning rate * decay */
} TbAdamStep;

TbAdamStep tbi_adam_prepare(const TbAdamConfig *config, uint64_t t, double gradient_norm);

/* AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019) on n weights; decay: multiply them by `keep`. */
void tbi_adam_apply(const TbAdamStep *step, bool decay, size_t n, const float *gradients, float *moment1,
                    float *moment2, float *params);

double tbi_sum_of_squares(const float *x, size_t n);

/* sum[n] += x[n] */
void tbi_add(float *sum, const float *x, size_t n);

/* average[n] += share (x[n] - average[n]) */
void tbi_average(float *average, const float *x, size_t n, float share);

#endif
