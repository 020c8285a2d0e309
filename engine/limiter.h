/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: a look-ahead peak limiter for one or two channels. */
#ifndef TIMBREL_ENGINE_LIMITER_H
#define TIMBREL_ENGINE_LIMITER_H

#include <stddef.h>

enum { LIMITER_LOOKAHEAD = 64 }; /* samples of look-ahead; the delay is LIMITER_LOOKAHEAD - 1 */

/* The gain each sample needs is reduced to its minimum over LIMITER_LOOKAHEAD samples, released exponentially, and
 * averaged over the same length, so it has come down smoothly when the peak arrives. Signals under the ceiling pass
 * unchanged. Both channels get the gain that the louder one needs, which keeps the stereo image. */
typedef struct {
    float ceiling, release;              /* amplitude; one-pole release coefficient */
    float delay[2][LIMITER_LOOKAHEAD];   /* delayed samples */
    float held[LIMITER_LOOKAHEAD];       /* gains to average */
    float need[LIMITER_LOOKAHEAD];       /* needed gains in rising order: candidates for the minimum ... */
    unsigned need_at[LIMITER_LOOKAHEAD]; /* ... and their sample numbers */
    unsigned first, count;               /* of the queue in need */
    unsigned now;
    float envelope;
    unsigned unity_count; /* samples for which the gain has been 1 */
} Limiter;

void tbi_limiter_start(Limiter *l, float ceiling, double sample_rate);
/* In place; right may be NULL. Non-finite samples become silence. RT */
void tbi_limiter_run(Limiter *l, float *left, float *right, size_t n);
/* The gain alone, for signals that are multiplied elsewhere: takes the magnitude of the next sample, and returns the
 * gain of the one LIMITER_LOOKAHEAD - 1 samples before it. RT */
float tbi_limiter_gain(Limiter *l, float size);

#endif
