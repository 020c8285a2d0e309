/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stereo_width.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "engine/finite.h"

#include <math.h>
#include <stdlib.h>

enum { ALLPASSES = 4 };
#define HIGHPASS_HZ 200.0

/* Seconds, incommensurable; their sum is short, so that transients have no audible echo. The first is a pure delay: the
 * direct path through the others must not be correlated with the centre, or noise leans to one side. */
static const double seconds[ALLPASSES] = {0.00071, 0.00197, 0.00311, 0.00467};
static const float coefficient[ALLPASSES] = {0, 0.6f, 0.6f, 0.6f};

typedef struct {
    float *ring;
    size_t length, at;
} Allpass;

struct StereoWidth {
    TbArena memory;     /* first: tbi_arena_free_owner */
    float low[2], pole; /* two one-pole high-passes: states and coefficient */
    Allpass allpass[ALLPASSES];
};

TbStatus tbi_stereo_width_new(double sample_rate, StereoWidth **width) {
    StereoWidth *w = *width = calloc(1, sizeof *w);
    for (int i = 0; w && i < ALLPASSES; i++) {
        Allpass *a = &w->allpass[i];
        a->length = (size_t)(seconds[i] * sample_rate) | 1;
        a->ring = tbi_arena_floats(&w->memory, a->length);
    }
    if (!w || w->memory.failed) {
        tbi_stereo_width_free(w);
        *width = NULL;
        return tbi_no_memory("for stereo");
    }
    w->pole = 1 - expf(-(float)(2 * M_PI * HIGHPASS_HZ / sample_rate));
    return TB_OK;
}

void tbi_stereo_width_free(StereoWidth *w) {
    tbi_arena_free_owner(w);
}

static float high_pass(StereoWidth *w, float x) {
    for (int i = 0; i < 2; i++) {
        w->low[i] += w->pole * (x - w->low[i]);
        x -= w->low[i];
    }
    return x;
}

static float allpass_run(Allpass *a, float by, float x) {
    float old = a->ring[a->at], in = x + by * old;
    a->ring[a->at] = in;
    a->at = a->at + 1 == a->length ? 0 : a->at + 1;
    return old - by * in;
}

void tbi_stereo_width_run(StereoWidth *w, const float *in, float from, float step, float *left, float *right, int n) {
    for (int i = 0; i < n; i++) {
        float side = high_pass(w, finite_sample(in[i]));
        for (int k = 0; k < ALLPASSES; k++)
            side = allpass_run(&w->allpass[k], coefficient[k], side);
        side *= from + step * (float)i;
        left[i] += side;
        right[i] -= side;
    }
}
