/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures of what a network draws beside those of real pieces. */
#ifndef TIMBREL_BENCH_DRAW_QUANTILES_H
#define TIMBREL_BENCH_DRAW_QUANTILES_H

#include "timbrel/score.h"

enum { DRAW_MEASURES_MOST = 2000 };

typedef struct {
    TbMeasures of[DRAW_MEASURES_MOST];
    size_t n;
} DrawMeasures;

/* A line with the quantiles 10, 50 and 90 % of the measure at this offset in TbMeasures, of the real ones and of the
 * draws, and the share of the draws that lie between the real ones' 10 and 90 %. */
void draw_print_measure(const char *name, size_t offset, const DrawMeasures *real, const DrawMeasures *drawn);

#endif
