/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perceptual spacing: equal steps of the mix sound equally large. */
#ifndef TIMBREL_SOUND_PERCEPTUAL_SPACING_H
#define TIMBREL_SOUND_PERCEPTUAL_SPACING_H

#include "sound/morph_frame.h"

enum { SPACING_POINTS = 17 };

typedef struct {
    bool active;                /* for two sounds only */
    double mix[SPACING_POINTS]; /* the timbre weight of the second sound for mixes 0, 1/16, .. 1 */
} SpacingMap;

TB_NODISCARD TbStatus tbi_spacing_map(const TbModel *model, const MorphNotes *notes, SpacingMap *map);
/* weights[2], sum 1. */
void tbi_spacing_apply(const SpacingMap *map, double *weights);

#endif
