/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stereo_width.h"
#include "engine/finite.h"

#include <math.h>
#include <stdlib.h>

enum { ALLPASSES = 4 };
#define LOW_HZ 200.0

/* Seconds, of no common measure. Their sum is short: echoes of a stroke are not to be heard. The first only delays:
 * what goes straight through the others must not be what stands in the middle, or noise leans to one side. */
static const double seconds[ALLPASSES] = {0.00071, 0.00197, 0.00311, 0.00467};
static const float turns[ALLPASSES] = {0, 0.6f, 0.6f, 0.6f};

typedef struct {
    float *ring;
    size_t length, at;
} Allpass;

struct StereoWidth {
    float low[2], share; /* of a one-pole low-pass, twice: what is under it is taken away */
    Allpass allpass[ALLPASSES];
};

TbStatus tbi_stereo_width_new(double sample_rate, StereoWidth **width) {
    StereoWidth *w = *width = calloc(1, sizeof *w);
    bool made = w != NULL;
    for (int i = 0; made && i < ALLPASSES; i++) {
        Allpass *a = &w->allpass[i];
        a->length = (size_t)(seconds[i] * sample_rate) | 1;
        a->ring = calloc(a->length, sizeof *a->ring);
        made = a->ring != NULL;
    }
    if (!made) {
        tbi_stereo_width_free(w);
        *width = NULL;
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for stereo.");
    }
    w->share = 1 - expf(-(float)(2 * M_PI * LOW_HZ / sample_rate));
    return TB_OK;
}

void tbi_stereo_width_free(StereoWidth *w) {
    for (int i = 0; w && i < ALLPASSES; i++)
        free(w->allpass[i].ring);
    free(w);
}

static float high(StereoWidth *w, float x) {
    for (int i = 0; i < 2; i++) {
        w->low[i] += w->share * (x - w->low[i]);
        x -= w->low[i];
    }
    return x;
}

static float turned_about(Allpass *a, float by, float x) {
    float old = a->ring[a->at], in = x + by * old;
    a->ring[a->at] = in;
    a->at = a->at + 1 == a->length ? 0 : a->at + 1;
    return old - by * in;
}

void tbi_stereo_width_run(StereoWidth *w, const float *in, float from, float step, float *left, float *right, int n) {
    for (int i = 0; i < n; i++) {
        float side = high(w, finite_sample(in[i]));
        for (int k = 0; k < ALLPASSES; k++)
            side = turned_about(&w->allpass[k], turns[k], side);
        side *= from + step * (float)i;
        left[i] += side;
        right[i] -= side;
    }
}
