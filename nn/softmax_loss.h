/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: softmax cross-entropy in nats, forward and backward. RT */
#ifndef TIMBREL_NN_SOFTMAX_LOSS_H
#define TIMBREL_NN_SOFTMAX_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* Rows of logits [n][classes], `ld` apart, and a label for each: a class, or -1 for a row that does not count. Labels
 * are `label_stride` apart, so that the fields of a record can be the labels of several heads. */
typedef struct {
    size_t n, classes, ld;
    const int32_t *labels;
    size_t label_stride;
} TbSoftmaxRows;

/* Returns the sum over the rows that count; fills log_sums[n], which backward needs. */
double tbi_softmax_loss_forward(const TbSoftmaxRows *rows, const float *logits, float *log_sums);

/* Turns the logits into the gradients of `scale` times that sum. */
void tbi_softmax_loss_backward(const TbSoftmaxRows *rows, const float *log_sums, float scale, float *logits);

/* The number of rows that count. */
size_t tbi_softmax_rows_count(const TbSoftmaxRows *rows);

#endif
