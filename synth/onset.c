/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Onset detection. A note starts at its onset; no analysis window crosses it, so attacks stay sharp. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    STEP = 32,    /* samples between envelope points */
    WINDOW = 64,  /* samples per point */
    SHORT = 8,    /* points, 5.8 ms: their level must exceed ... */
    PAST = 48,    /* ... the maximum of the past 35 ms */
    MIN_GAP = 80, /* points, 58 ms: minimum distance of onsets */
    LEAD = 32,    /* samples by which a note starts before the threshold crossing */
};
#define SILENCE 1e-5f          /* -100 dBFS */
#define ATTACK_THRESHOLD 0.02f /* start of a sharp attack, relative to the loudest point */
#define SWELL_THRESHOLD 1e-3f  /* start of a slow attack */
#define RISE_DB 8.0f
#define RISE_HIGH_DB 12.0f
#define RELEVANT 0.03f /* an onset's level relative to the loudest */

/* e[n_points]: RMS around each envelope point; of the first difference of x if `high`. */
static void envelope(const float *x, size_t n, bool high, float *e, size_t n_points) {
    for (size_t i = 0; i < n_points; i++) {
        long c = (long)(i * STEP), a = clampl(c - WINDOW / 2, high ? 1 : 0, (long)n),
             b = clampl(c + WINDOW / 2, 0, (long)n);
        double sum = 0;
        for (long j = a; j < b; j++) {
            double v = high ? x[j] - x[j - 1] : x[j];
            sum += v * v;
        }
        e[i] = (float)sqrt(sum / WINDOW);
    }
}

static float max_of(const float *e, long from, long to) {
    float m = 0;
    for (long i = from < 0 ? 0 : from; i < to; i++)
        m = e[i] > m ? e[i] : m;
    return m;
}

static float mean_of(const float *e, long from, long to) {
    double s = 0;
    for (long i = from; i < to; i++)
        s += e[i] * e[i];
    return (float)sqrt(s / (double)(to - from));
}

/* Sample at which the sound begins: the threshold crossing of a sharp attack, or the emergence of a swell. */
static size_t beginning(const float *e, size_t n_points, float loudest) {
    size_t swell = 0, attack = 0;
    while (swell < n_points && e[swell] < loudest * SWELL_THRESHOLD)
        swell++;
    while (attack < n_points && e[attack] < loudest * ATTACK_THRESHOLD)
        attack++;
    size_t at = (attack - swell) * STEP > 0.010f * TB_RATE ? swell : attack;
    return at * STEP > LEAD ? at * STEP - LEAD : 0;
}

/* Searches back from point i for the start of the rise: the last point still near the level before it. */
static size_t start_of_rise(const float *e, size_t i, float before, float after) {
    float threshold = before + 0.1f * (after - before);
    size_t first = i > SHORT ? i - SHORT : 0;
    size_t j = i + SHORT;
    while (j > first && e[j] > threshold)
        j--;
    return j;
}

TbStatus tbi_find_onsets(const float *x, size_t n, bool single_note, size_t **starts, size_t *n_starts, size_t *end) {
    *starts = NULL;
    *n_starts = 0;
    *end = 0;
    size_t n_points = n / STEP + 1;
    float *e = malloc(2 * n_points * sizeof *e);
    if (!e)
        return tbi_no_memory("to analyse this sound");
    float *h = e + n_points;
    envelope(x, n, false, e, n_points);
    float loudest = max_of(e, 0, (long)n_points);
    if (loudest < SILENCE) {
        free(e);
        return TB_OK;
    }
    size_t last = n_points - 1;
    while (last > 0 && e[last] < SILENCE && e[last] < loudest * 1e-4f)
        last--;
    *end = (last + 1) * STEP + LEAD < n ? (last + 1) * STEP + LEAD : n;

    size_t capacity = 16, count = 0;
    size_t *s = malloc(capacity * sizeof *s);
    if (!s) {
        free(e);
        return tbi_no_memory("to analyse this sound");
    }
    s[count++] = beginning(e, n_points, loudest);
    envelope(x, n, true, h, n_points);
    float loudest_high = max_of(h, 0, (long)n_points);
    long quiet_until = (long)(s[0] / STEP) + MIN_GAP / 4;
    for (long i = quiet_until; !single_note && i + SHORT < (long)last; i++) {
        float before = max_of(e, i - PAST, i), now = mean_of(e, i, i + SHORT);
        float before_h = max_of(h, i - PAST, i), now_h = mean_of(h, i, i + SHORT);
        bool rise = now > RELEVANT * loudest && now > before * powf(10, RISE_DB / 20);
        bool rise_h = now_h > RELEVANT * loudest_high && now_h > before_h * powf(10, RISE_HIGH_DB / 20) &&
                      now > 0.7f * before && now > RELEVANT * loudest;
        if (!rise && !rise_h)
            continue;
        /* Find the top of the rise before searching back for its start. */
        const float *v = rise ? e : h;
        long top = i;
        while (top + SHORT + 1 < (long)last && top < i + PAST / 2 &&
               mean_of(v, top + 1, top + 1 + SHORT) > mean_of(v, top, top + SHORT))
            top++;
        size_t at = start_of_rise(v, (size_t)top, rise ? before : before_h, mean_of(v, top, top + SHORT)) * STEP;
        at = at > LEAD ? at - LEAD : 0;
        if (at > s[count - 1] + MIN_GAP / 4 * STEP) {
            if (!tbi_grow(&s, count + 1, &capacity)) {
                free(s);
                free(e);
                return tbi_no_memory("to analyse this sound");
            }
            s[count++] = at;
        }
        i = top + MIN_GAP;
    }
    free(e);
    *starts = s;
    *n_starts = count;
    return TB_OK;
}
