/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ear's frequency scale: ERB number (Moore and Glasberg 1990), one for each bandwidth of the auditory filters. */
#ifndef TIMBREL_AUDIO_ERB_H
#define TIMBREL_AUDIO_ERB_H

#include <math.h>

static inline double tbi_erb_number(double hz) {
    return 21.4 * log10(1 + 0.00437 * hz);
}

static inline double tbi_erb_hz(double number) {
    return (pow(10, number / 21.4) - 1) / 0.00437;
}

/* The same in single precision. */
static inline float tbi_erb_numberf(float hz) {
    return 21.4f * log10f(1 + 0.00437f * hz);
}

static inline float tbi_erb_hzf(float number) {
    return (powf(10, number / 21.4f) - 1) / 0.00437f;
}

#endif
