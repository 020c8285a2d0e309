/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the form of a melody: which bars return earlier ones. A bar's lag says how many bars ago the one
 * that it returns was; 0: it is new. In real melodies lags come in stretches (A A B A in phrases of four bars is
 * 0 0 0 0  4 4 4 4  0 0 0 0  8 8 8 8), so a lag is drawn given the one before and the place in a phrase of 16 bars. */
#ifndef TIMBREL_MELODY_PLAN_H
#define TIMBREL_MELODY_PLAN_H

#include "timbrel/melody.h"

enum { MELODY_PLAN_LAGS = 33 /* 0 .. 32 bars */, MELODY_PLAN_PHRASE = 16 };

/* The lag of each bar of a melody: that of the bar before, if this bar returns with it, too; else of the shortest lag
 * of 1 .. 32 bars with which it does. Empty bars return nothing. lag[n_bars]. RT */
void tbi_melody_find_lags(const TbMelody *melody, uint8_t *lag);

/* Counts the lags of a melody: counts[MELODY_PLAN_PHRASE][MELODY_PLAN_LAGS before][MELODY_PLAN_LAGS]. RT */
void tbi_melody_count_lags(const uint8_t *lag, size_t n_bars, float *counts);

/* Draws a plan for n bars by counts. RT */
void tbi_melody_draw_lags(const float *counts, size_t n_bars, TbRng *rng, uint8_t *lag);

#endif
