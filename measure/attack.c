/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attack time: the rise of the envelope from 10 to 90 % of its first peak. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    LEAD = 882,    /* samples of silence prepended, so that a sound that starts at once has an attack too */
    WINDOW = 441,  /* 10 ms */
    SEARCH = 13230 /* 300 ms: the peak is searched within this, so later swells and beating do not matter */
};

/* RMS under a sliding Hann window, e[n + LEAD], from three running sums: of the power, and of the power times a fixed
 * cosine and sine. Rotating the latter two gives the sum over the shifted cosine of the window 0.5 - 0.5 cos. */
static void envelope(const float *x, size_t n, const double *cosine, const double *sine, float *e) {
    enum { HALF = WINDOW / 2 };
    double sum = 0.0, c = 0.0, s = 0.0;
    for (size_t i = 0; i < n + LEAD + HALF; i++) { /* sample i enters, sample i - WINDOW leaves */
        if (i >= LEAD && i - LEAD < n) {
            double power = (double)x[i - LEAD] * x[i - LEAD];
            sum += power;
            c += power * cosine[i % WINDOW];
            s += power * sine[i % WINDOW];
        }
        if (i >= WINDOW + LEAD && i - WINDOW - LEAD < n) {
            double power = (double)x[i - WINDOW - LEAD] * x[i - WINDOW - LEAD];
            sum -= power;
            c -= power * cosine[i % WINDOW];
            s -= power * sine[i % WINDOW];
        }
        if (i >= HALF) {
            double windowed = 0.5 * (sum - cosine[i % WINDOW] * c - sine[i % WINDOW] * s) / (0.5 * WINDOW);
            e[i - HALF] = (float)sqrt(fmax(windowed, 0.0));
        }
    }
}

static size_t first_over(const float *e, size_t n, double level) {
    for (size_t i = 0; i < n; i++)
        if (e[i] >= level)
            return i;
    return 0;
}

static float largest(const float *e, size_t from, size_t to) {
    float peak = 0.0f;
    for (size_t i = from; i < to; i++)
        peak = fmaxf(peak, e[i]);
    return peak;
}

TbStatus tbi_attack_time(const float *x, size_t n, double *ms) {
    double cosine[WINDOW], sine[WINDOW];
    for (int i = 0; i < WINDOW; i++) {
        cosine[i] = cos(2.0 * M_PI * i / WINDOW);
        sine[i] = sin(2.0 * M_PI * i / WINDOW);
    }
    size_t length = n + LEAD;
    float *e = malloc(length * sizeof *e);
    if (!e)
        return tbi_no_memory("to compare two sounds");
    envelope(x, n, cosine, sine, e);
    double peak = largest(e, 0, length);
    *ms = NAN;
    if (peak > 1e-6) {
        size_t start = first_over(e, length, 0.1 * peak);
        size_t end = length - start < SEARCH ? length : start + SEARCH;
        peak = largest(e, start, end);
        double rise = (double)first_over(e, end, 0.9 * peak) - (double)first_over(e, end, 0.1 * peak);
        *ms = rise / TB_MEASURE_RATE * 1000.0;
    }
    free(e);
    return TB_OK;
}
