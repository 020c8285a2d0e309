/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/embedding.h"
#include "nn/adamw.h"

void tbi_embedding_forward(const float *table, size_t width, const int32_t *symbol, size_t stride, size_t n, float *y,
                           size_t ldy) {
    for (size_t i = 0; i < n; i++)
        if (symbol[i * stride] != TB_NO_SYMBOL)
            tbi_add(y + i * ldy, table + (size_t)symbol[i * stride] * width, width);
}

void tbi_embedding_backward(const float *dy, size_t lddy, size_t width, const int32_t *symbol, size_t stride, size_t n,
                            float *dtable) {
    for (size_t i = 0; i < n; i++)
        if (symbol[i * stride] != TB_NO_SYMBOL)
            tbi_add(dtable + (size_t)symbol[i * stride] * width, dy + i * lddy, width);
}
