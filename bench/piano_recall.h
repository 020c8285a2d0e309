/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recall: attention over the past of a piano roll whose values are the frames that followed (a pointer to earlier
 * frames, as the continuous cache of Grave et al. 2017, but trained). Frame t attends to s < t by
 *
 *     a = softmax over s, and nothing: (q_t . k_s / sqrt(width) + distance[t - s - 1], 0),   r_t = sum of a_s
 * frame_{s+1}
 */
#ifndef TIMBREL_BENCH_PIANO_RECALL_H
#define TIMBREL_BENCH_PIANO_RECALL_H

#include "bench/piano_rolls.h"

enum { RECALL_DISTANCES = 1024 }; /* farther ones count as the farthest */

/* One sequence: its frame t is frame first + t of the roll, and its row is row[t]. */
typedef struct {
    const Roll *roll;
    size_t first, n, width, ld;
    const size_t *row;
    const float *q, *k;      /* [rows][ld] */
    const float *distance;   /* [RECALL_DISTANCES] */
    float *weight, *dweight; /* scratch [n + 16] */
} Recall;

/* Fills r[rows][KEYS] for the rows of the sequence. */
void recall_forward(const Recall *recall, float *r);
/* From dr[rows][KEYS]: fills dq and dk [rows][ld], adds to ddistance. */
void recall_backward(const Recall *recall, const float *dr, float *dq, float *dk, float *ddistance);

#endif
