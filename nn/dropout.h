/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: dropout (Srivastava et al. 2014) whose random bits are a function of a key and the place of a value alone:
 * Philox 2x32 with seven rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). Any thread gets
 * the same mask, and backward computes it again instead of storing it. RT. */
#ifndef TIMBREL_NN_DROPOUT_H
#define TIMBREL_NN_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t key; /* of tbi_dropout_key */
    float rate;   /* 0 .. below 1: the share of values that become 0; the others are divided by 1 - rate */
} TbDropout;

/* A key for one use in one step of a run; `site` numbers the uses. */
uint32_t tbi_dropout_key(uint64_t seed, uint64_t step, uint32_t site);

/* x[n][width] is masked in place; the mask of row i is that of place id[i] (NULL: i). Forward: the activations;
 * backward: their gradients. With rate 0, nothing happens. */
void tbi_dropout(TbDropout drop, const uint32_t *id, size_t n, size_t width, float *x, size_t ldx);

#endif
