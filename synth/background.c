/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Separates the background of a recording from its notes. */
#include "synth/background.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DC_LEAST 1e-3 /* of the peak */

enum {
    DC_BLOCK = 8192,
    DC_BLOCKS = 3, /* at least: within less, a drum has an offset of its own */
};

/* Mean of x[n] under a Hann window, which no tone above 20 Hz disturbs. */
static double smooth_mean(const float *x, size_t n) {
    double sum = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        double w = 0.5 - 0.5 * cos(2 * TB_PI * ((double)i + 0.5) / (double)n);
        sum += w * (double)x[i];
        all += w;
    }
    return sum / all;
}

/* Takes a constant offset out of x: one that is there all the time, in each of several blocks. */
static void remove_dc(float *x, size_t n, TbBackground *background) {
    double sum = 0, peak = 0;
    size_t blocks = 0, above = 0, below = 0;
    for (size_t i = 0; i < n; i++)
        peak = fmax(peak, fabs((double)x[i]));
    for (size_t at = 0; at + DC_BLOCK <= n; at += DC_BLOCK, blocks++) {
        double mean = smooth_mean(x + at, DC_BLOCK);
        above += mean > DC_LEAST / 4 * peak;
        below += mean < -DC_LEAST / 4 * peak;
        sum += mean;
    }
    double dc = blocks < DC_BLOCKS ? 0 : sum / (double)blocks;
    if (fabs(dc) <= DC_LEAST * peak || (above < blocks && below < blocks))
        return;
    background->dc = (float)dc;
    for (size_t i = 0; i < n; i++)
        x[i] -= (float)dc;
}

TbStatus tbi_split_background(float *x, size_t n, TbBackground *background) {
    float *infra = NULL;
    memset(background, 0, sizeof *background);
    if (n == 0)
        return TB_OK;
    remove_dc(x, n, background);
    TbStatus status = tbi_find_hum(x, n, background);
    if (status == TB_OK) {
        tbi_add_hum(background, TB_ANALYSIS_RATE, -1, x, n);
        status = tbi_find_rumble(x, n, background, &infra);
    }
    if (status == TB_OK && infra) {
        status = tbi_add_upsampled(background->rumble, background->n_rumble, TB_ANALYSIS_RATE, -1, x, n);
        if (status == TB_OK)
            status = tbi_add_upsampled(infra, background->n_rumble, TB_ANALYSIS_RATE, -1, x, n);
    }
    free(infra);
    return status;
}
