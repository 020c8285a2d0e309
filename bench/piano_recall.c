/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/piano_recall.h"
#include "base/cpu.h"
#include "nn/activations.h"

#include <math.h>

static size_t distance_of(size_t t, size_t s) {
    return t - s - 1 < RECALL_DISTANCES ? t - s - 1 : RECALL_DISTANCES - 1;
}

/* The weights of frame t, over s < t. */
TB_MULTIVERSION static void weigh(const Recall *a, size_t t) {
    const float *q = a->q + a->row[t] * a->ld;
    const float scale = 1 / sqrtf((float)a->width);
    float most = 0, sum;
    for (size_t s = 0; s < t; s++) {
        const float *k = a->k + a->row[s] * a->ld;
        TbVector products = {0};
        size_t i = 0;
        for (; i + TB_SIMD_WIDTH <= a->width; i += TB_SIMD_WIDTH)
            products += *(const TbVector *)(q + i) * *(const TbVector *)(k + i);
        float dot = tb_vector_sum(&products);
        for (; i < a->width; i++)
            dot += q[i] * k[i];
        a->weight[s] = dot * scale + a->distance[distance_of(t, s)];
        most = fmaxf(most, a->weight[s]);
    }
    for (size_t s = t; s < t + TB_SIMD_WIDTH; s++)
        a->weight[s] = -INFINITY;
    TbVector sums = {0};
    for (size_t s = 0; s < t; s += TB_SIMD_WIDTH) {
        TbVector e = *(const TbVector *)(a->weight + s) - most;
        tb_exp16(&e);
        *(TbVector *)(a->weight + s) = e;
        sums += e;
    }
    sum = tb_vector_sum(&sums) + expf(-most);
    for (size_t s = 0; s < t; s++)
        a->weight[s] /= sum;
}

void recall_forward(const Recall *a, float *r) {
    for (size_t t = 0; t < a->n; t++) {
        float *to = r + a->row[t] * KEYS;
        memset(to, 0, KEYS * sizeof *to);
        weigh(a, t);
        for (size_t s = 0; s < t; s++) {
            const size_t frame = a->first + s + 1;
            for (size_t i = a->roll->start[frame]; i < a->roll->start[frame + 1]; i++)
                to[a->roll->note[i]] += a->weight[s];
        }
    }
}

TB_MULTIVERSION void recall_backward(const Recall *a, const float *dr, float *dq, float *dk, float *ddistance) {
    const float scale = 1 / sqrtf((float)a->width);
    for (size_t t = 0; t < a->n; t++) {
        memset(dq + a->row[t] * a->ld, 0, a->width * sizeof *dq);
        memset(dk + a->row[t] * a->ld, 0, a->width * sizeof *dk);
    }
    for (size_t t = 1; t < a->n; t++) {
        const float *d = dr + a->row[t] * KEYS, *q = a->q + a->row[t] * a->ld;
        float *dqt = dq + a->row[t] * a->ld, mean = 0;
        weigh(a, t);
        for (size_t s = 0; s < t; s++) {
            const size_t frame = a->first + s + 1;
            a->dweight[s] = 0;
            for (size_t i = a->roll->start[frame]; i < a->roll->start[frame + 1]; i++)
                a->dweight[s] += d[a->roll->note[i]];
            mean += a->weight[s] * a->dweight[s];
        }
        for (size_t s = 0; s < t; s++) {
            const float slope = a->weight[s] * (a->dweight[s] - mean), scaled = slope * scale;
            const float *k = a->k + a->row[s] * a->ld;
            float *dks = dk + a->row[s] * a->ld;
            ddistance[distance_of(t, s)] += slope;
            for (size_t i = 0; i < a->width; i++) {
                dqt[i] += scaled * k[i];
                dks[i] += scaled * q[i];
            }
        }
    }
}
