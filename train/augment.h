/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_AUGMENT_H
#define TIMBREL_TRAIN_AUGMENT_H

#include "timbrel/base.h"

/* Augments one frame like another room, microphone or player: a smooth random equaliser and another balance of noise
 * and tone, at the same total power; the same harmonics at a nearby pitch, if it has one, and a little louder or
 * softer. x (encoder input, the condition at its end) changes consistently with target (the same features) and
 * condition. strength: 0 .. 1. RT */
void tbi_augment_frame(float *x, float *target, float *condition, double strength, TbRng *rng);

#endif
