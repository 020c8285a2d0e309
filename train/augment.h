/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_AUGMENT_H
#define TIMBREL_TRAIN_AUGMENT_H

#include "base/base.h"

/* Varies one frame as another room, microphone or instrument would: a smooth random equaliser and another balance of
 * noise and tone, at the same total power. x (encoder input) and target (the same features) change together.
 * strength: 0 .. 1. RT */
void augment_frame(float *x, float *target, const float *condition, double strength, TbRng *rng);

#endif
