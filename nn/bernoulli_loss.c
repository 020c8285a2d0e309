/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/bernoulli_loss.h"
#include "base/cpu.h"
#include "nn/activations.h"

#include <string.h>

TB_MULTIVERSION double tbi_bernoulli_loss(const float *logits, const float *target, const float *weight, size_t n,
                                          size_t width, float scale, float *dlogits) {
    enum { BLOCK = 64 * TB_SIMD_WIDTH }; /* values that are summed in float */
    const size_t all = n * width;
    double total = 0;
    for (size_t first = 0; first < all; first += BLOCK) {
        size_t end = all - first < BLOCK ? all : first + BLOCK;
        TbVector sum = {0};
        for (size_t k = first; k < end; k += TB_SIMD_WIDTH) {
            const size_t m = end - k < TB_SIMD_WIDTH ? end - k : TB_SIMD_WIDTH, bytes = m * sizeof(float);
            TbVector x = {0}, t = {0}, w = {0}, sigmoid;
            memcpy(&x, logits + k, bytes);
            memcpy(&t, target + k, bytes);
            if (weight)
                memcpy(&w, weight + k, bytes);
            else
                for (size_t i = 0; i < m; i++)
                    w[i] = 1;
            TbVector loss = x;
            tb_softplus16(&loss, &sigmoid);
            sum += w * (loss - t * x);
            if (dlogits) {
                TbVector d = scale * w * (sigmoid - t);
                memcpy(dlogits + k, &d, bytes);
            }
        }
        total += tb_vector_sum(&sum);
    }
    return total;
}
