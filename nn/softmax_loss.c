/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/softmax_loss.h"
#include "base/cpu.h"
#include "nn/activations.h"

#include <math.h>
#include <string.h>

static int32_t label(const TbSoftmaxRows *rows, size_t row) {
    return rows->labels[row * rows->label_stride];
}

/* The last values of a row, filled up with what adds nothing to the sum. */
TB_INLINE TbVector *rest(const float *from, size_t n, float *to) {
    for (size_t k = 0; k < TB_SIMD_WIDTH; k++)
        to[k] = k < n ? from[k] : -1e30f;
    return (TbVector *)to;
}

/* log of the sum of exp(x[n]), about the largest: nothing overflows. */
TB_INLINE float log_sum(const float *x, size_t n) {
    const size_t whole = n / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    float end[TB_SIMD_WIDTH];
    TbVector most = *rest(x + whole, n - whole, end), sums = {0};
    for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
        TbVector v = *(const TbVector *)(x + k);
        most = TB_SELECT(v > most, v, most);
    }
    const float max = tb_vector_max(&most);
    for (size_t k = 0; k < n; k += TB_SIMD_WIDTH) {
        TbVector v = (k < whole ? *(const TbVector *)(x + k) : *(TbVector *)end) - max;
        tb_exp16(&v);
        sums += v;
    }
    return max + logf(tb_vector_sum(&sums));
}

TB_MULTIVERSION double tbi_softmax_loss_forward(const TbSoftmaxRows *rows, const float *logits, float *log_sums) {
    double nats = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const float *x = logits + i * rows->ld;
        if (label(rows, i) < 0)
            continue;
        log_sums[i] = log_sum(x, rows->classes);
        nats += (double)log_sums[i] - (double)x[label(rows, i)];
    }
    return nats;
}

TB_MULTIVERSION void tbi_softmax_loss_backward(const TbSoftmaxRows *rows, const float *log_sums, float scale,
                                               float *logits) {
    const size_t n = rows->classes, whole = n / TB_SIMD_WIDTH * TB_SIMD_WIDTH;
    for (size_t i = 0; i < rows->n; i++) {
        float *x = logits + i * rows->ld, end[TB_SIMD_WIDTH];
        if (label(rows, i) < 0) {
            memset(x, 0, n * sizeof *x);
            continue;
        }
        for (size_t k = 0; k < whole; k += TB_SIMD_WIDTH) {
            TbVector v = *(TbVector *)(x + k) - log_sums[i];
            tb_exp16(&v);
            *(TbVector *)(x + k) = scale * v;
        }
        TbVector v = *rest(x + whole, n - whole, end) - log_sums[i];
        tb_exp16(&v);
        *(TbVector *)end = scale * v;
        memcpy(x + whole, end, (n - whole) * sizeof *x);
        x[label(rows, i)] -= scale;
    }
}

size_t tbi_softmax_rows_count(const TbSoftmaxRows *rows) {
    size_t count = 0;
    for (size_t i = 0; i < rows->n; i++)
        count += label(rows, i) >= 0;
    return count;
}
