/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detects defects in a played note: aliasing, clicks. OFF. */
#ifndef TIMBREL_BENCH_DEFECTS_H
#define TIMBREL_BENCH_DEFECTS_H

#include "timbrel/audio.h"

/* Given the same sound rendered at 44.1 kHz and at 88.2 kHz: the power below 20 kHz that only the first has,
 * relative to its total power, dB; over 0.74 s from `from` seconds on. -200: none, or silence. */
double aliasing_db(const TbAudio *single, const TbAudio *twice, double from);

/* By how much the largest second difference within a few milliseconds exceeds that of its surroundings, dB, from
 * `from` to `to` seconds: 0 if none does. f0: a block is longer than a period. *when: seconds. */
double click_db(const float *samples, size_t n, double rate, double f0, double from, double to, double *when);

/* Applies both to sounds with and without such defects; false, with a report on stderr, if they are wrong. */
bool defects_self_test(void);

#endif
