/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/. */
#ifndef TIMBREL_SCORE_MEASURE_DRUMS_H
#define TIMBREL_SCORE_MEASURE_DRUMS_H

#include "score/bar_sets.h"
#include "score/scope.h"

/* The bars of the drums in 16ths x 9 classes, at least `min_bars`; keys that are no drum are left out. */
TB_NODISCARD TbStatus tbi_drum_bars(const TbBars *bars, size_t min_bars, const TbScoreNote *drums, size_t n,
                                    BarSets *sets);
/* Fills in the drum_... members. */
TB_NODISCARD TbStatus tbi_measure_drums(const TbBars *bars, size_t min_bars, const Scope *scope, TbMeasures *m);

#endif
