/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: binary cross-entropy of logits, in nats: log(1 + e^x) - t x for a target t of 0..1. RT. */
#ifndef TIMBREL_NN_BERNOULLI_LOSS_H
#define TIMBREL_NN_BERNOULLI_LOSS_H

#include <stddef.h>

/* Returns the sum over n rows of `width` values; each counts `weight` times (0: masked; NULL: all once). dlogits, if
 * not NULL, receives `scale` times the gradient. All arrays have rows of `width`. */
double tbi_bernoulli_loss(const float *logits, const float *target, const float *weight, size_t n, size_t width,
                          float scale, float *dlogits);

#endif
