/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: a table of vectors, one for each of a number of symbols. RT. */
#ifndef TIMBREL_NN_EMBEDDING_H
#define TIMBREL_NN_EMBEDDING_H

#include <stddef.h>
#include <stdint.h>

enum { TB_NO_SYMBOL = -1 }; /* adds nothing, and gets no gradient */

/* y[n][width] += table[symbol[i * stride]]: rows of several fields are the sum of one call for
 * each field. With ldy = 0, y[width] receives the sum over all n symbols. */
void tbi_embedding_forward(const float *table, size_t width, const int32_t *symbol, size_t stride, size_t n, float *y,
                           size_t ldy);
/* dtable[symbol[i * stride]] += dy[i][width]; with lddy = 0, the one row of dy. */
void tbi_embedding_backward(const float *dy, size_t lddy, size_t width, const int32_t *symbol, size_t stride, size_t n,
                            float *dtable);

#endif
