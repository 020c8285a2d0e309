/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/dll.h"

#include <math.h>

#define BANDWIDTH 0.5 /* Hz: slower than jitter, faster than a device's rate drifts */
#define GAP 0.1       /* seconds: more is no jitter */
#define LATEST 4      /* blocks: devices that ask for so many in one burst keep their notes even */

void tbi_dll_start(Dll *c, double sample_rate) {
    *c = (Dll){.sample = 1 / sample_rate};
}

double tbi_dll_block(Dll *c, double now, size_t n) {
    double length = (double)n * c->sample, off = now - c->next;
    if (!c->runs || fabs(off) > GAP + length) {
        c->runs = true;
        c->next = now + length;
        return now;
    }
    double w = fmin(2 * M_PI * BANDWIDTH * length, 0.3), begin = c->next;
    c->next += M_SQRT2 * w * off + length;
    c->sample += w * w * off / (double)n;
    return begin;
}

size_t tbi_dll_offset(const Dll *c, double begin, size_t n, double time) {
    double at = (time - begin) / c->sample + (double)n;
    return at > 0 ? (size_t)fmin(at, LATEST * (double)n - 1) : 0;
}
