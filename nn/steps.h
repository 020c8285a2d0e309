/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: sequences of different lengths as one array of rows without padding. They are sorted by falling length, and
 * stored step by step: step t has the rows first[t] .. first[t + 1] - 1, one for each sequence that is long enough, in
 * order. So what works on rows needs to know nothing of time, a step is a block of rows, and no padding costs time or
 * gradients. */
#ifndef TIMBREL_NN_STEPS_H
#define TIMBREL_NN_STEPS_H

#include <stddef.h>

typedef struct {
    size_t n_steps, n_sequences;
    const size_t *first; /* [n_steps + 1], borrowed */
} TbSteps;

/* length[n]: falling, each 1 or more; first[length[0] + 1] is filled. RT */
static inline TbSteps tbi_steps(const size_t *length, size_t n, size_t *first) {
    size_t running = n, row = 0, n_steps = n ? length[0] : 0;
    for (size_t t = 0; t < n_steps; t++) {
        while (length[running - 1] <= t)
            running--;
        first[t] = row;
        row += running;
    }
    first[n_steps] = row;
    return (TbSteps){n_steps, n, first};
}

static inline size_t tbi_steps_rows(const TbSteps *steps) {
    return steps->first[steps->n_steps];
}
/* The number of sequences that have a step t; 0 after the last. */
static inline size_t tbi_steps_running(const TbSteps *steps, size_t t) {
    return t < steps->n_steps ? steps->first[t + 1] - steps->first[t] : 0;
}

#endif
