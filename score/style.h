/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: the twelve features of a style and the number of values of each. */
#ifndef TIMBREL_SCORE_STYLE_H
#define TIMBREL_SCORE_STYLE_H

#include "timbrel/score.h"

#define STYLE_FEATURES(X)                                                                                              \
    X(used_pitch, 1)                                                                                                   \
    X(bar_used_pitch, 1)                                                                                               \
    X(note_count, 1)                                                                                                   \
    X(bar_note_count, 1)                                                                                               \
    X(pc_histogram, 12)                                                                                                \
    X(bar_pc_histogram, 12)                                                                                            \
    X(pc_transition, 144)                                                                                              \
    X(pitch_range, 1)                                                                                                  \
    X(pitch_interval, 1)                                                                                               \
    X(ioi, 1)                                                                                                          \
    X(length_histogram, 12)                                                                                            \
    X(length_transition, 144)

#define STYLE_MEMBER(name, size) double name[size];
typedef struct {
    STYLE_FEATURES(STYLE_MEMBER)
} StyleValues;
#undef STYLE_MEMBER
_Static_assert(sizeof(StyleValues) == sizeof(TbStyle), "TB_STYLE_VALUES is the number of values of all features");

#endif
