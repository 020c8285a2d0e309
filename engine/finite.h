/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of engine/: what a filter may take in. */
#ifndef TIMBREL_ENGINE_FINITE_H
#define TIMBREL_ENGINE_FINITE_H

#include <math.h>

#define NO_SOUND 1e9f /* 180 dB over full scale */

/* A sample that is no sound (NaN, infinite, or so large that sums of it may become infinite) as silence: inside a
 * feedback loop it would never go away again. RT */
static inline float finite_sample(float x) {
    return fabsf(x) < NO_SOUND ? x : 0;
}

#endif
