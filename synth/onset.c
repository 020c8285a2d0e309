/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Onset detection. A note starts at its onset; no analysis window crosses it, so attacks stay sharp. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    STEP = 32,     /* samples between envelope points */
    WINDOW = 64,   /* samples per point */
    STEEP = 14,    /* points, 10 ms */
    SHORT = 8,     /* points, 5.8 ms: their level must exceed ... */
    PAST = 48,     /* ... the maximum of the past 35 ms */
    MIN_GAP = 80,  /* points, 58 ms: minimum distance of onsets */
    DIP_STEP = 28, /* points, 20 ms */
    DIP_STEPS = 8,
    SUDDEN = 28,      /* points: a strike is at its top within 20 ms ... */
    TOP_WITHIN = 110, /* ... and below it until 80 ms */
    SHARP = 14,       /* points, 10 ms: from the foot of a sharp attack */
    SLOW = 55,        /* points, 40 ms: the same of a soft one */
    LEAD = 32,        /* samples by which a note starts before the threshold crossing */
};
#define SILENCE 1e-5f          /* -100 dBFS */
#define ATTACK_THRESHOLD 0.02f /* start of a sharp attack, relative to the loudest point */
#define SWELL_THRESHOLD 1e-3f  /* start of a slow attack */
#define RISE_DB 8.0f
#define RISE_HIGH_DB 12.0f
#define RELEVANT 0.03f /* an onset's level relative to the loudest */
/* The same into the tail of another note. */
#define RISE_WEAK_DB 2.0f
#define STEEP_DB 4.5f /* within STEEP points */
#define STEEP_HIGH_DB 9.0f
#define RELEVANT_WEAK 0.1f
#define AT_TOP 0.8f
#define TAIL 0.9f  /* of the level before */
#define FOOT 1.1f  /* of the level before a rise, which varies by about this much: the rise begins there */
#define STILL 1.1f /* going back, the level still falls if the point before is at most so many times as loud: noise */
#define DIP_DB 3.5f
#define DIP_STEEPER 2.5f

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

/* Goes on back from the start of a rise to its foot, as long as the level falls: a soft attack begins long before. The
 * same limits as at the beginning of the sound. */
static size_t foot_of_rise(const float *e, size_t start, size_t least, float before, float after) {
    size_t sharp = start > SHARP ? start - SHARP : 0, slow = start > SLOW ? start - SLOW : 0, i = start;
    float attack = fmaxf(FOOT * before, ATTACK_THRESHOLD * after),
          swell = fmaxf(FOOT * before, SWELL_THRESHOLD * after);
    while (i > sharp && i > least && e[i] > attack && e[i - 1] < STILL * e[i])
        i--;
    while (i <= sharp && i > slow && i > least && e[i] > swell && e[i - 1] < STILL * e[i])
        i--;
    return i;
}

/* Envelopes of the whole sound. */
typedef struct {
    const float *x;
    size_t n;
    const float *e, *h; /* of the sound, of its first difference */
    long last;          /* point */
    float loudest, loudest_high;
    long since, until; /* `highest` is that of e[since .. until - 1] */
    float highest;
} Levels;

/* The highest of e[since .. until - 1]; goes on from where the last call ended, or a long note would take long. */
static float highest_since(Levels *l, long since, long until) {
    if (since != l->since || until < l->until) {
        l->since = l->until = since;
        l->highest = 0;
    }
    for (; l->until < until; l->until++)
        l->highest = fmaxf(l->highest, l->e[l->until]);
    return l->highest;
}

static float ratio(float db) {
    return powf(10, db / 20);
}

/* The ratio of the levels after and before point i. */
static float rises(const float *e, long i) {
    return mean_of(e, i, i + STEEP) / (mean_of(e, i > STEEP ? i - STEEP : 0, i) + 1e-12f);
}

typedef enum { NO_RISE, RISE, RISE_HIGH } Rise;

/* Whether the level rises at point i as where a note is struck. */
static Rise strong_rise(const Levels *l, long i) {
    float before = max_of(l->e, i - PAST, i), now = mean_of(l->e, i, i + SHORT);
    if (now > RELEVANT * l->loudest && now > before * ratio(RISE_DB))
        return RISE;
    float before_h = max_of(l->h, i - PAST, i), now_h = mean_of(l->h, i, i + SHORT);
    bool high = now_h > RELEVANT * l->loudest_high && now_h > before_h * ratio(RISE_HIGH_DB) && now > 0.7f * before &&
                now > RELEVANT * l->loudest;
    return high ? RISE_HIGH : NO_RISE;
}

/* Whether the level before point i had fallen and then stopped falling, as in a consonant between two vowels; a tail
 * goes on falling. */
static bool follows_dip(const float *e, long start, long i) {
    float level[DIP_STEPS];
    int count = 0;
    for (; count < DIP_STEPS && i - (count + 1) * DIP_STEP >= start; count++)
        level[count] = 20 * log10f(mean_of(e, i - (count + 1) * DIP_STEP, i - count * DIP_STEP) + 1e-12f);
    for (int m = 1; m + 2 < count; m++) {
        float slope = fmaxf(level[m] - level[0], 0) / (float)m, fall = level[m + 2] - level[m];
        if (fall > DIP_DB && fall > 2 * DIP_STEEPER * slope)
            return true;
    }
    return false;
}

/* Whether what rises from point i on is at its top soon, as after a strike, and not in a beat or swell. */
static bool is_sudden(const float *e, long i, long last) {
    long soon = i + SUDDEN < last ? i + SUDDEN : last, later = i + TOP_WITHIN < last ? i + TOP_WITHIN : last;
    return max_of(e, i, soon) > AT_TOP * max_of(e, soon, later);
}

/* Whether it rises as where a note is struck into the tail of another: less, but as steeply. Noise does so by itself,
 * so that it counts only after a tone, or among high frequencies. */
static Rise weak_rise(Levels *l, long i, size_t start) {
    float now = max_of(l->e, i, i + STEEP), now_h = max_of(l->h, i, i + STEEP);
    if (now < RELEVANT_WEAK * l->loudest || follows_dip(l->e, (long)(start / STEP), i))
        return NO_RISE;
    bool tail = max_of(l->e, i - PAST, i) < TAIL * highest_since(l, (long)(start / STEP), i - PAST);
    if (tail && now > ratio(RISE_WEAK_DB) * max_of(l->e, i - PAST, i) && rises(l->e, i) > ratio(STEEP_DB) &&
        rises(l->h, i) > rises(l->e, i) && is_sudden(l->e, i, l->last) &&
        tbi_was_steady(l->x, l->n, (size_t)i * STEP, start))
        return RISE;
    bool high = now > max_of(l->e, i - PAST, i) && is_sudden(l->h, i, l->last) &&
                now_h > ratio(RISE_WEAK_DB) * max_of(l->h, i - PAST, i) && rises(l->h, i) > ratio(STEEP_HIGH_DB) &&
                now_h > RELEVANT_WEAK * l->loudest_high;
    return high ? RISE_HIGH : NO_RISE;
}

/* Finds the next onset from point *i on, after the note that began at sample `start`: its sample, or 0 if there is
 * none. *i becomes the point from which to search on. */
static size_t next_onset(Levels *l, long *i, size_t start) {
    for (; *i + SHORT < l->last; (*i)++) {
        Rise rise = strong_rise(l, *i);
        if (!rise && *i + STEEP < l->last && (rise = weak_rise(l, *i, start)))
            for (long j = *i + 1; j <= *i + STEEP && j + SHORT < l->last; j++) {
                Rise strong = strong_rise(l, j); /* whose place is more exact */
                if (strong) {
                    rise = strong;
                    *i = j;
                    break;
                }
            }
        if (!rise)
            continue;
        /* Find the top of the rise before searching back for its start. */
        const float *v = rise == RISE ? l->e : l->h;
        long top = *i;
        while (top + SHORT + 1 < l->last && top < *i + PAST / 2 &&
               mean_of(v, top + 1, top + 1 + SHORT) > mean_of(v, top, top + SHORT))
            top++;
        float before = max_of(v, *i - PAST, *i), after = mean_of(v, top, top + SHORT);
        size_t rise_at = start_of_rise(v, (size_t)top, before, after), least = start / STEP + MIN_GAP / 4 + 2;
        size_t at = rise_at * STEP > LEAD ? rise_at * STEP - LEAD : 0;
        if (at <= start + MIN_GAP / 4 * STEP) {
            *i = top + MIN_GAP;
            continue;
        }
        if (tbi_goes_on(l->x, l->n, at, start, rise == RISE_HIGH)) {
            *i += SHORT / 2;
            continue;
        }
        *i = top + MIN_GAP;
        return foot_of_rise(v, rise_at, least, before, after) * STEP - LEAD;
    }
    return 0;
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
    Levels levels = {.x = x,
                     .n = *end,
                     .e = e,
                     .h = h,
                     .last = (long)last,
                     .loudest = loudest,
                     .loudest_high = max_of(h, 0, (long)n_points),
                     .since = -1};
    long i = (long)(s[0] / STEP) + MIN_GAP / 4;
    for (size_t at; !single_note && (at = next_onset(&levels, &i, s[count - 1])) > 0;) {
        if (!tbi_grow(&s, count + 1, &capacity)) {
            free(s);
            free(e);
            return tbi_no_memory("to analyse this sound");
        }
        s[count++] = at;
    }
    free(e);
    *starts = s;
    *n_starts = count;
    return TB_OK;
}
