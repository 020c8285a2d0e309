/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pitch tracking. YIN's normalised difference function (de Cheveigne and Kawahara 2002) gives several candidate periods
 * per frame, and a Viterbi search for the cheapest path (as in pYIN, Mauch and Dixon 2014) decides between octaves and
 * between voiced and unvoiced. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOP = PITCH_HOP,
    WINDOW = 2048, /* samples */
    LOW_WINDOW = 4096,
    CANDIDATES = 12,
    UNVOICED = CANDIDATES, /* the last state */
    STATES,
};

/* Pitches below this are looked for where there is none above. */
#define COMMON_LOWEST 27.0 /* Hz */
#define VOICED_ENOUGH 0.5f
#define CLEAR_SHARE 0.8
#define SAME_OCTAVES 0.1f

#define COST_UNVOICED 0.45f
#define COST_SWITCH 0.20f /* voiced <-> unvoiced */
#define COST_OCTAVE 1.2f  /* per octave of pitch change between frames */
#define COST_JUMP_MAX 0.9f
#define COST_LONG 0.07f               /* per octave of period: favours the shortest good period */
#define COST_PIVOT (TB_RATE / 300.0f) /* samples: the period with no such cost */
#define ROUNDING 1e-6                 /* of the energy: smaller differences are rounding errors, e.g. for DC */
#define DIP_GOOD 0.12f                /* dips below this differ little in quality */

/* The candidates of one frame. */
typedef struct {
    float f0[CANDIDATES]; /* Hz */
    float cost[STATES];
    float dip[CANDIDATES]; /* aperiodicity */
    int n;
    float level; /* mean square */
} PitchFrame;

typedef struct {
    int window, max_lag, min_lag, fft_size;
    TbFft *fft;
    TbArena memory;         /* of the arrays */
    float *a, *b, *sa, *sb; /* FFT buffers */
    float *d;               /* [max_lag + 2] normalised difference */
} Yin;

static void yin_free(Yin *y) {
    tb_fft_free(y->fft);
    tbi_arena_free(&y->memory);
}

static TbStatus yin_init(Yin *y, size_t n, double f0_min, double f0_max, int window) {
    memset(y, 0, sizeof *y);
    y->max_lag = (int)((double)TB_RATE / f0_min) + 2;
    y->min_lag = (int)((double)TB_RATE / f0_max);
    y->window = window;
    /* If the note is shorter than window plus longest lag, shorten first the window, then the lag range. */
    while (y->window > 256 && (size_t)(y->window + y->max_lag) > n)
        y->window -= 128;
    if ((size_t)(y->window + y->max_lag) > n)
        y->max_lag = (int)n - y->window;
    if (y->max_lag < 2 * y->min_lag || y->max_lag < 32)
        return tb_fail(TB_ERR_EMPTY, "The sound is too short to have a pitch.");
    y->fft_size = 1024;
    while (y->fft_size < y->window + y->max_lag + 2)
        y->fft_size *= 2;
    size_t size = (size_t)y->fft_size;
    TbStatus status = tb_fft_new(size, &y->fft);
    y->a = tbi_arena_floats(&y->memory, size);
    y->b = tbi_arena_floats(&y->memory, size);
    y->sa = tbi_arena_floats(&y->memory, size + 2);
    y->sb = tbi_arena_floats(&y->memory, size + 2);
    y->d = tbi_arena_floats(&y->memory, (size_t)y->max_lag + 2);
    if (status == TB_OK && y->memory.failed)
        status = tbi_no_memory("to find the pitch");
    return status;
}

/* Computes y->d[0 .. max_lag] for the frame that starts at x. Returns the mean square of its window. */
static float yin_difference(Yin *y, const float *x) {
    int w = y->window, l = y->max_lag, n = y->fft_size;
    memset(y->a, 0, (size_t)n * sizeof *y->a);
    memset(y->b, 0, (size_t)n * sizeof *y->b);
    memcpy(y->a, x, (size_t)w * sizeof *x);
    memcpy(y->b, x, (size_t)(w + l) * sizeof *x);
    tb_fft_forward(y->fft, y->a, y->sa);
    tb_fft_forward(y->fft, y->b, y->sb);
    for (int i = 0; i <= n; i += 2) {
        float ar = y->sa[i], ai = y->sa[i + 1], br = y->sb[i], bi = y->sb[i + 1];
        y->sa[i] = ar * br + ai * bi;
        y->sa[i + 1] = ar * bi - ai * br;
    }
    tb_fft_inverse(y->fft, y->sa, y->a); /* a[lag] = n * sum x[i] x[i + lag] */
    double energy0 = 0;
    for (int i = 0; i < w; i++)
        energy0 += (double)x[i] * x[i];
    double energy = energy0, sum = 0;
    y->d[0] = 1;
    for (int lag = 1; lag <= l; lag++) {
        energy += (double)x[w + lag - 1] * x[w + lag - 1] - (double)x[lag - 1] * x[lag - 1];
        double d = energy0 + energy - 2 * (double)y->a[lag] / n;
        d = (d > 0 ? d : 0) + ROUNDING * (energy0 + energy);
        sum += d;
        y->d[lag] = (float)(sum > 1e-12 ? d * lag / sum : 1);
    }
    return (float)(energy0 / w);
}

static void find_candidates(const Yin *y, PitchFrame *f) {
    const float *d = y->d;
    f->n = 0;
    for (int lag = y->min_lag > 2 ? y->min_lag : 2; lag < y->max_lag; lag++) {
        if (!(d[lag] <= d[lag - 1] && d[lag] < d[lag + 1]) || d[lag] > 0.75f)
            continue;
        float q = d[lag - 1] - 2 * d[lag] + d[lag + 1];
        float shift = q > 0 ? 0.5f * (d[lag - 1] - d[lag + 1]) / q : 0;
        float dip = d[lag] - 0.25f * (d[lag - 1] - d[lag + 1]) * shift;
        float period = (float)lag + shift;
        float cost =
            (dip > DIP_GOOD ? dip : DIP_GOOD + 0.3f * (dip - DIP_GOOD)) + COST_LONG * log2f(period / COST_PIVOT);
        int at;
        if (f->n < CANDIDATES) {
            at = f->n++;
        } else { /* replace the most expensive */
            at = 0;
            for (int i = 1; i < CANDIDATES; i++)
                at = f->cost[i] > f->cost[at] ? i : at;
            if (cost >= f->cost[at])
                continue;
        }
        f->f0[at] = TB_RATE / period;
        f->cost[at] = cost;
        f->dip[at] = clampf(dip, 0, 1);
    }
}

static float transition(const PitchFrame *a, int i, const PitchFrame *b, int j) {
    if (i == UNVOICED || j == UNVOICED)
        return i == j ? 0 : COST_SWITCH;
    float octaves = fabsf(log2f(b->f0[j] / a->f0[i]));
    float c = COST_OCTAVE * octaves;
    return c < COST_JUMP_MAX ? c : COST_JUMP_MAX;
}

/* Viterbi search for the cheapest path: path[n] is the state of each frame. */
static TbStatus viterbi(const PitchFrame *f, size_t n, int *path) {
    unsigned char(*from)[STATES] = malloc(n * sizeof *from);
    if (!from)
        return tbi_no_memory("to find the pitch");
    float cost[STATES], next[STATES];
    for (int j = 0; j < STATES; j++)
        cost[j] = j < f[0].n || j == UNVOICED ? f[0].cost[j] : INFINITY;
    for (size_t t = 1; t < n; t++) {
        for (int j = 0; j < STATES; j++) {
            next[j] = INFINITY;
            from[t][j] = UNVOICED;
            if (j >= f[t].n && j != UNVOICED)
                continue;
            for (int i = 0; i < STATES; i++) {
                if (cost[i] == INFINITY)
                    continue;
                float c = cost[i] + transition(&f[t - 1], i, &f[t], j) + f[t].cost[j];
                if (c < next[j]) {
                    next[j] = c;
                    from[t][j] = (unsigned char)i;
                }
            }
        }
        memcpy(cost, next, sizeof cost);
    }
    int best = UNVOICED;
    for (int j = 0; j < STATES; j++)
        best = cost[j] < cost[best] ? j : best;
    for (size_t t = n; t-- > 0;) {
        path[t] = best;
        best = t > 0 ? from[t][best] : best;
    }
    free(from);
    return TB_OK;
}

/* Pitch histogram: bins of 12 cents from 10 Hz. */
enum { PITCH_BINS = 1200 };

float tbi_track_median(const PitchTrack *track, float *voicing) {
    float histogram[PITCH_BINS] = {0};
    double voiced = 0, all = 0, sum = 0;
    for (size_t t = 0; t < track->n; t++) {
        float w = sqrtf(track->level[t]);
        all += w;
        if (track->f0[t] > 0) {
            voiced += w;
            histogram[clampl((long)(log2f(track->f0[t] / 10) * 100), 0, PITCH_BINS - 1)] += w;
        }
    }
    *voicing = all > 0 ? (float)(voiced / all) : 0;
    for (int i = 0; i < PITCH_BINS && voiced > 0; i++) {
        sum += histogram[i];
        if (sum >= voiced / 2)
            return 10 * exp2f(((float)i + 0.5f) / 100);
    }
    return 0;
}

static TbStatus track_pitch(const float *x, size_t n, double f0_min, double f0_max, int window, PitchTrack *track) {
    memset(track, 0, sizeof *track);
    Yin y;
    TbStatus status = yin_init(&y, n, f0_min, f0_max, window);
    if (status == TB_ERR_EMPTY) { /* too short for a pitch: an empty track */
        yin_free(&y);
        return TB_OK;
    }
    track->n = n / HOP + 1;
    track->f0 = tbi_arena_floats(&track->memory, track->n);
    track->level = tbi_arena_floats(&track->memory, track->n);
    track->dip = tbi_arena_floats(&track->memory, track->n);
    PitchFrame *frames = tbi_arena_alloc(&y.memory, track->n, sizeof *frames);
    int *path = tbi_arena_alloc(&y.memory, track->n, sizeof *path);
    if (status == TB_OK && (track->memory.failed || y.memory.failed))
        status = tbi_no_memory("to find the pitch");
    float loudest = 0;
    long span = y.window + y.max_lag;
    for (size_t t = 0; status == TB_OK && t < track->n; t++) {
        long start = clampl((long)(t * HOP) - span / 2, 0, (long)n - span);
        PitchFrame *f = &frames[t];
        f->level = yin_difference(&y, x + start);
        f->cost[UNVOICED] = COST_UNVOICED;
        find_candidates(&y, f);
        loudest = f->level > loudest ? f->level : loudest;
    }
    for (size_t t = 0; status == TB_OK && t < track->n; t++)
        if (frames[t].level < loudest * 1e-6f || frames[t].level < 1e-10f)
            frames[t].n = 0; /* too quiet: unvoiced */
    if (status == TB_OK)
        status = viterbi(frames, track->n, path);
    for (size_t t = 0; status == TB_OK && t < track->n; t++) {
        bool voiced = path[t] != UNVOICED;
        track->f0[t] = voiced ? frames[t].f0[path[t]] : 0;
        track->level[t] = frames[t].level;
        track->dip[t] = voiced ? frames[t].dip[path[t]] : 1;
    }
    yin_free(&y);
    if (status != TB_OK)
        tbi_pitch_track_free(track);
    return status;
}

void tbi_pitch_track_free(PitchTrack *track) {
    tbi_arena_free(&track->memory);
    memset(track, 0, sizeof *track);
}

TbStatus tbi_track_pitch(const float *x, size_t n, double f0_min, double f0_max, PitchTrack *track) {
    return track_pitch(x, n, f0_min, f0_max, WINDOW, track);
}

/* Whether nearly all of the track is voiced, periodic and at one pitch. */
static bool is_clear(const PitchTrack *track) {
    float voicing, median = tbi_track_median(track, &voicing);
    double periodic = 0, all = 1e-20;
    for (size_t t = 0; t < track->n; t++) {
        double w = sqrt((double)track->level[t]);
        bool same = track->f0[t] > 0 && fabsf(log2f(track->f0[t] / median)) < SAME_OCTAVES;
        periodic += same ? w * (1 - (double)track->dip[t]) : 0;
        all += w;
    }
    return periodic > CLEAR_SHARE * all;
}

TbStatus tbi_find_pitch(const float *x, size_t n, double f0_min, double f0_max, PitchTrack *track) {
    float voicing;
    TbStatus status =
        tbi_track_pitch(x, n, f0_min < COMMON_LOWEST && f0_max > COMMON_LOWEST ? COMMON_LOWEST : f0_min, f0_max, track);
    if (status != TB_OK || f0_min >= COMMON_LOWEST)
        return status;
    tbi_track_median(track, &voicing);
    if (voicing > VOICED_ENOUGH)
        return TB_OK;
    PitchTrack low;
    status = track_pitch(x, n, f0_min, 2 * COMMON_LOWEST, LOW_WINDOW, &low);
    if (status == TB_OK && low.n > 0 && is_clear(&low)) {
        PitchTrack other = *track;
        *track = low;
        low = other;
    }
    tbi_pitch_track_free(&low);
    if (status != TB_OK)
        tbi_pitch_track_free(track);
    return status;
}
