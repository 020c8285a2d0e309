/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must not be heard in a played note: aliasing, clicks. OFF. */
#ifndef TIMBREL_BENCH_DEFECTS_H
#define TIMBREL_BENCH_DEFECTS_H

#include "timbrel/audio.h"

/* The same sound at 44.1 kHz and at 88.2 kHz: the power that only the first has below 20 kHz, over its own power, dB;
 * from `from` seconds on, over 0.74 s. -200: none, or it is silent there. */
double aliasing_db(const TbAudio *single, const TbAudio *twice, double from);

/* How far the largest second difference of a few milliseconds stands out of those around it, dB, from `from` seconds to
 * `to`: 0 where nothing does. f0: a block is longer than a period. *when: seconds. */
double click_db(const float *samples, size_t n, double rate, double f0, double from, double to, double *when);

/* Tries both on sounds that have such defects, and on some that have none; says on stderr what it did not tell. */
bool defects_are_told(void);

#endif
