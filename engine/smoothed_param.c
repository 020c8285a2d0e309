/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/smoothed_param.h"

#include <math.h>

#define SMOOTHING 0.2f /* one-pole coefficient of weights and knobs per frame: 26 ms */

void tbi_smoothed_move(SmoothedParam *g, float share) {
    g->current = g->next;
    g->mid += share * (g->target - g->mid);
    g->next += share * (g->mid - g->next);
    if (fabsf(g->target - g->next) < 1e-6f && fabsf(g->target - g->mid) < 1e-6f)
        g->next = g->mid = g->target;
}

float tbi_smoothed_approach(float x, float target, float step) {
    x += SMOOTHING * (target - x);
    return fabsf(target - x) < step ? target : x;
}
