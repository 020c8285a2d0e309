// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/limiter.h"
#include "engine/finite.h"

#include <math.h>
#include <string.h>

#define BACK_SECONDS 0.08

void limiter_start(Limiter *l, float ceiling, double sample_rate) {
    memset(l, 0, sizeof *l);
    l->ceiling = ceiling;
    l->back = (float)(1 - exp(-1 / (BACK_SECONDS * sample_rate)));
    l->envelope = 1;
    l->quiet = LIMITER_AHEAD;
    for (int i = 0; i < LIMITER_AHEAD; i++) {
        l->held[i] = 1;
    }
}

/* The lowest of the last LIMITER_AHEAD gains needed, `need` being the newest (Lemire 2006: a queue of candidates). */
static float lowest(Limiter *l, float need) {
    while (l->count > 0 && l->now - l->need_at[l->first % LIMITER_AHEAD] >= LIMITER_AHEAD) {
        l->first++;
        l->count--;
    }
    while (l->count > 0 && l->need[(l->first + l->count - 1) % LIMITER_AHEAD] >= need) {
        l->count--;
    }
    unsigned last = (l->first + l->count) % LIMITER_AHEAD;
    l->need[last] = need;
    l->need_at[last] = l->now;
    l->count++;
    return l->need[l->first % LIMITER_AHEAD];
}

static float mean(const float *x) {
    float sum = 0;
    for (int i = 0; i < LIMITER_AHEAD; i++) {
        sum += x[i];
    }
    return sum / LIMITER_AHEAD;
}

static float delayed(Limiter *l, int channel, float x) {
    l->delay[channel][l->now % LIMITER_AHEAD] = x;
    return l->delay[channel][(l->now + 1) % LIMITER_AHEAD];
}

void limiter_run(Limiter *l, float *left, float *right, size_t n) {
    for (size_t i = 0; i < n; i++, l->now++) {
        float x = finite_sample(left[i]), y = right ? finite_sample(right[i]) : 0, size = fmaxf(fabsf(x), fabsf(y));
        float low = lowest(l, size > l->ceiling ? l->ceiling / size : 1);
        l->envelope += l->back * (1 - l->envelope);
        l->envelope = l->envelope > 0.99999f ? 1 : l->envelope; /* it would come near 1, but not there */
        l->envelope = low < l->envelope ? low : l->envelope;
        l->quiet = l->envelope == 1 ? l->quiet + (l->quiet < LIMITER_AHEAD) : 0;
        l->held[l->now % LIMITER_AHEAD] = l->envelope;
        float gain = l->quiet < LIMITER_AHEAD ? mean(l->held) : 1;
        left[i] = gain * delayed(l, 0, x);
        if (right) {
            right[i] = gain * delayed(l, 1, y);
        }
    }
}
