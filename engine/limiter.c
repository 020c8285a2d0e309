/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/limiter.h"
#include "engine/finite.h"

#include <math.h>
#include <string.h>

#define RELEASE_SECONDS 0.08

void tbi_limiter_start(Limiter *l, float ceiling, double sample_rate) {
    memset(l, 0, sizeof *l);
    l->ceiling = ceiling;
    l->release = (float)(1 - exp(-1 / (RELEASE_SECONDS * sample_rate)));
    l->envelope = 1;
    l->unity_count = LIMITER_LOOKAHEAD;
    for (int i = 0; i < LIMITER_LOOKAHEAD; i++)
        l->held[i] = 1;
}

/* The minimum of the last LIMITER_LOOKAHEAD needed gains, of which `need` is the newest (Lemire 2006: a monotonic
 * queue). */
static float window_minimum(Limiter *l, float need) {
    while (l->count > 0 && l->now - l->need_at[l->first % LIMITER_LOOKAHEAD] >= LIMITER_LOOKAHEAD) {
        l->first++;
        l->count--;
    }
    while (l->count > 0 && l->need[(l->first + l->count - 1) % LIMITER_LOOKAHEAD] >= need)
        l->count--;
    unsigned last = (l->first + l->count) % LIMITER_LOOKAHEAD;
    l->need[last] = need;
    l->need_at[last] = l->now;
    l->count++;
    return l->need[l->first % LIMITER_LOOKAHEAD];
}

static float mean(const float *x) {
    float sum = 0;
    for (int i = 0; i < LIMITER_LOOKAHEAD; i++)
        sum += x[i];
    return sum / LIMITER_LOOKAHEAD;
}

static float delayed(Limiter *l, int channel, float x) {
    l->delay[channel][l->now % LIMITER_LOOKAHEAD] = x;
    return l->delay[channel][(l->now + 1) % LIMITER_LOOKAHEAD];
}

/* The gain of the sample LIMITER_LOOKAHEAD - 1 before the present one, whose magnitude is `size`. */
static float next_gain(Limiter *l, float size) {
    float low = window_minimum(l, size > l->ceiling ? l->ceiling / size : 1);
    l->envelope += l->release * (1 - l->envelope);
    l->envelope = l->envelope > 0.99999f ? 1 : l->envelope; /* ends the exponential approach to 1 */
    l->envelope = low < l->envelope ? low : l->envelope;
    l->unity_count = l->envelope == 1 ? l->unity_count + (l->unity_count < LIMITER_LOOKAHEAD) : 0;
    l->held[l->now % LIMITER_LOOKAHEAD] = l->envelope;
    return l->unity_count < LIMITER_LOOKAHEAD ? mean(l->held) : 1;
}

float tbi_limiter_gain(Limiter *l, float size) {
    float gain = next_gain(l, size);
    l->now++;
    return gain;
}

void tbi_limiter_run(Limiter *l, float *left, float *right, size_t n) {
    for (size_t i = 0; i < n; i++, l->now++) {
        float x = finite_sample(left[i]), y = right ? finite_sample(right[i]) : 0;
        float gain = next_gain(l, fmaxf(fabsf(x), fabsf(y)));
        left[i] = gain * delayed(l, 0, x);
        if (right)
            right[i] = gain * delayed(l, 1, y);
    }
}
