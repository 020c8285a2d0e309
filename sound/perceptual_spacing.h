/* Even steps: equal moves of the mix sound equally large.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_SOUND_PERCEPTUAL_SPACING_H
#define TIMBREL_SOUND_PERCEPTUAL_SPACING_H

#include "sound/morph.h"

enum { EVEN_POINTS = 17 };

typedef struct {
    bool active;             /* two sounds only */
    double mix[EVEN_POINTS]; /* the timbre weight of the second sound for mixes 0, 1/16, .. 1 */
} EvenMap;

TB_NODISCARD TbStatus even_map(const TbModel *model, const MorphNotes *notes, EvenMap *map);
/* weights[2], sum 1. */
void even_apply(const EvenMap *map, double *weights);

#endif
