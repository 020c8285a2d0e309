/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/adamw.h"
#include "base/cpu.h"

#include <math.h>

TbAdamStep tbi_adam_prepare(const TbAdamConfig *config, uint64_t t, double gradient_norm) {
    double left1 = 1 - pow(config->beta1, (double)t), left2 = 1 - pow(config->beta2, (double)t);
    bool clip = config->clip_norm > 0 && gradient_norm > config->clip_norm;
    return (TbAdamStep){
        .beta1 = (float)config->beta1,
        .beta2 = (float)config->beta2,
        .clip = clip ? (float)(config->clip_norm / gradient_norm) : 1.0f,
        .rate = (float)(config->learning_rate / left1),
        .inverse_root2 = (float)(1 / sqrt(left2)),
        .epsilon = (float)config->epsilon,
        .keep = (float)(1 - config->learning_rate * config->weight_decay),
    };
}

/* sqrtf would set errno, which prevents vectorisation; the build flags of this file set -fno-math-errno. */
TB_MULTIVERSION void tbi_adam_apply(const TbAdamStep *step, bool decay, size_t n, const float *gradients,
                                    float *moment1, float *moment2, float *params) {
    const TbAdamStep s = *step;
    const float keep = decay ? s.keep : 1.0f;
    for (size_t i = 0; i < n; i++) {
        float g = gradients[i] * s.clip;
        moment1[i] = s.beta1 * moment1[i] + (1 - s.beta1) * g;
        moment2[i] = s.beta2 * moment2[i] + (1 - s.beta2) * g * g;
        params[i] = keep * params[i] - s.rate * moment1[i] / (sqrtf(moment2[i]) * s.inverse_root2 + s.epsilon);
    }
}

/* Sixteen running sums, short enough for float precision, added up in double: the order is fixed. */
TB_MULTIVERSION double tbi_sum_of_squares(const float *x, size_t n) {
    enum { LANES = 16, BLOCK = 4096 };
    double total = 0;
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t end = n - first < BLOCK ? n : first + BLOCK, i = first;
        float sums[LANES] = {0};
        for (; i + LANES <= end; i += LANES)
            for (size_t k = 0; k < LANES; k++)
                sums[k] += x[i + k] * x[i + k];
        for (; i < end; i++)
            sums[0] += x[i] * x[i];
        for (size_t k = 0; k < LANES; k++)
            total += sums[k];
    }
    return total;
}

TB_MULTIVERSION void tbi_add(float *sum, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

TB_MULTIVERSION void tbi_average(float *average, const float *x, size_t n, float share) {
    for (size_t i = 0; i < n; i++)
        average[i] += share * (x[i] - average[i]);
}
