/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/dll.h"

#include <math.h>

#define BANDWIDTH 0.5     /* Hz: below the jitter, above the drift of a device's rate */
#define MAX_JITTER 0.1    /* seconds; more is a gap */
#define MAX_BLOCKS_LATE 4 /* keeps notes evenly spaced on devices that request so many blocks in one burst */

void tbi_dll_start(Dll *c, double sample_rate) {
    *c = (Dll){.sample = 1 / sample_rate};
}

double tbi_dll_block(Dll *c, double now, size_t n) {
    double length = (double)n * c->sample, error = now - c->next;
    if (!c->runs || fabs(error) > MAX_JITTER + length) {
        c->runs = true;
        c->next = now + length;
        return now;
    }
    double w = fmin(2 * M_PI * BANDWIDTH * length, 0.3), begin = c->next;
    c->next += M_SQRT2 * w * error + length;
    c->sample += w * w * error / (double)n;
    return begin;
}

size_t tbi_dll_offset(const Dll *c, double begin, size_t n, double time) {
    double at = (time - begin) / c->sample + (double)n;
    return at > 0 ? (size_t)fmin(at, MAX_BLOCKS_LATE * (double)n - 1) : 0;
}
