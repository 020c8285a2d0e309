/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: guards recursive filters against bad samples. */
#ifndef TIMBREL_ENGINE_FINITE_H
#define TIMBREL_ENGINE_FINITE_H

#include <math.h>

#define MAX_SAMPLE 1e9f /* 180 dB over full scale */

/* Replaces a sample that is NaN, infinite, or so large that sums of it may overflow by silence: in a feedback loop it
 * would never decay. RT */
static inline float finite_sample(float x) {
    return fabsf(x) < MAX_SAMPLE ? x : 0;
}

#endif
