/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of engine/: a peak limiter for one channel or two. */
#ifndef TIMBREL_ENGINE_LIMITER_H
#define TIMBREL_ENGINE_LIMITER_H

#include <stddef.h>

enum { LIMITER_LOOKAHEAD = 64 }; /* samples that it looks ahead, and delays by LIMITER_LOOKAHEAD - 1 */

/* The gain that each sample needs is held at its lowest over LIMITER_LOOKAHEAD samples, comes back slowly, and is
 * averaged over as many: it has come down when the peak passes, without a corner. Peaks under the ceiling pass
 * unchanged. Both channels get the gain that the louder one needs, so that nothing moves from side to side. */
typedef struct {
    float ceiling, back;                 /* amplitude; share of the way back to 1 per sample */
    float delay[2][LIMITER_LOOKAHEAD];   /* samples on their way */
    float held[LIMITER_LOOKAHEAD];       /* gains to be averaged */
    float need[LIMITER_LOOKAHEAD];       /* gains needed, rising: those that may still be the lowest ... */
    unsigned need_at[LIMITER_LOOKAHEAD]; /* ... and when */
    unsigned first, count;               /* in need */
    unsigned now;
    float envelope;
    unsigned quiet; /* samples for which the gain has been 1 */
} Limiter;

void tbi_limiter_start(Limiter *l, float ceiling, double sample_rate);
/* In place; right may be NULL. Samples that are not finite become silence. RT */
void tbi_limiter_run(Limiter *l, float *left, float *right, size_t n);

#endif
