/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parameter smoothed by two one-poles in series and interpolated linearly between grid points. A controller moves in
 * steps, which a single pole would leave audible beside the partials. */
#ifndef TIMBREL_ENGINE_SMOOTHED_PARAM_H
#define TIMBREL_ENGINE_SMOOTHED_PARAM_H

typedef struct {
    float target, mid, next, current; /* final; after the first pole; at the next grid point; at the last one */
} SmoothedParam;

/* Advances a smoothed parameter by one grid interval. share: one-pole coefficient. RT */
void tbi_smoothed_move(SmoothedParam *g, float share);
/* Advances a knob or weight by one frame towards goal; within `step` of it, snaps to it. RT */
float tbi_smoothed_approach(float x, float target, float step);

#endif
