/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: drawing a class from logits. */
#ifndef TIMBREL_NN_SAMPLING_H
#define TIMBREL_NN_SAMPLING_H

#include "timbrel/base.h"

typedef struct {
    float temperature; /* logits are divided by it; 0: always the most probable class, the first of equal ones */
    float top_p;       /* nucleus (Holtzman et al. 2020): only the most probable classes, as many as are needed for this
                          probability in all; 1: all classes */
} TbSampling;

/* Draws one of n classes. allowed[n]: false excludes a class; NULL allows all. scratch: n floats. One random number is
 * used, whatever the result. Returns -1 if no class is allowed. RT */
int tbi_sample(const TbSampling *sampling, const float *logits, const bool *allowed, size_t n, TbRng *rng,
               float *scratch);

#endif
