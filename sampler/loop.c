/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a loop: the range whose two ends are most similar, by normalised cross-correlation. A match over a quarter
 * of a second covers whole periods of the pitch and of a vibrato as well, since another vibrato phase has another
 * pitch. */
#include "base/arena.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "timbrel/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double AFTER = 0.05; /* s after a loop's ends that are compared too: the continuation after the jump */
static const double LENGTH_BONUS = 0.002; /* correlation that the longest loop gains over the shortest */
static const double SILENT = 1e-12;       /* sum of squares */

typedef struct {
    const float *tone;
    size_t n, crossfade, after, shortest, longest;
    TbFft *fft;
    TbArena memory; /* of the arrays */
    float *work, *spectrum, *part;
    double *energy; /* [n + 1] cumulative sums of squares */
} Search;

static size_t power_of_two(size_t n) {
    size_t p = 2;
    while (p < n)
        p *= 2;
    return p;
}

static TbStatus search_new(Search *s) {
    size_t size = power_of_two(s->n + s->crossfade + s->after);
    TbStatus status = tb_fft_new(size, &s->fft);
    if (status)
        return status;
    s->work = tbi_arena_floats(&s->memory, size);
    s->spectrum = tbi_arena_floats(&s->memory, size + 2);
    s->part = tbi_arena_floats(&s->memory, size + 2);
    s->energy = tbi_arena_alloc(&s->memory, s->n + 1, sizeof *s->energy);
    if (s->memory.failed)
        return tbi_no_memory("to look for a loop");
    s->energy[0] = 0;
    for (size_t i = 0; i < s->n; i++)
        s->energy[i + 1] = s->energy[i] + (double)s->tone[i] * s->tone[i];
    memcpy(s->work, s->tone, s->n * sizeof *s->work);
    tb_fft_forward(s->fft, s->work, s->spectrum);
    return TB_OK;
}

static void search_free(Search *s) {
    tb_fft_free(s->fft);
    tbi_arena_free(&s->memory);
}

/* work[i]: the cross-correlation of the surroundings of `start` and of crossfade + i. */
static void correlate(Search *s, size_t start) {
    size_t size = tb_fft_size(s->fft), width = s->crossfade + s->after;
    memset(s->work, 0, size * sizeof *s->work);
    memcpy(s->work, s->tone + start - s->crossfade, width * sizeof *s->work);
    tb_fft_forward(s->fft, s->work, s->part);
    for (size_t k = 0; k <= size / 2; k++) { /* spectrum times the conjugate of the part's */
        float a = s->spectrum[2 * k], b = s->spectrum[2 * k + 1], c = s->part[2 * k], d = s->part[2 * k + 1];
        s->part[2 * k] = a * c + b * d;
        s->part[2 * k + 1] = b * c - a * d;
    }
    tb_fft_inverse(s->fft, s->part, s->work);
}

static double energy_around(const Search *s, size_t at) {
    return s->energy[at + s->after] - s->energy[at - s->crossfade];
}

typedef struct {
    TbLoop loop;
    double worth;
} Found;

static Found search_from(Search *s, size_t start) {
    double scale = 1.0 / (double)tb_fft_size(s->fft), own = energy_around(s, start);
    double range = (double)(s->longest - s->shortest) + 1.0;
    Found best = {.worth = -INFINITY};
    correlate(s, start);
    for (size_t length = s->shortest; length <= s->longest && start + length + s->after <= s->n; length++) {
        size_t end = start + length;
        double both = sqrt(own * energy_around(s, end));
        double correlation = both > SILENT ? s->work[end - s->crossfade] * scale / both : 0.0;
        double worth = correlation + LENGTH_BONUS * (double)(length - s->shortest) / range;
        if (worth > best.worth)
            best = (Found){{start, end, s->crossfade, correlation}, worth};
    }
    return best;
}

static int better_first(const void *a, const void *b) {
    double x = ((const Found *)a)->worth, y = ((const Found *)b)->worth;
    return (x < y) - (x > y);
}

TbStatus tb_loop_find(const float *tone, size_t n, double sample_rate, const TbLoopOptions *given, TbLoop *loop,
                      size_t *n_loops) {
    TbLoopOptions own, *options = &own;
    Search s = {.tone = tone, .n = n};
    *n_loops = 0;
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status)
        return status;
    s.crossfade = (size_t)lround(options->crossfade * sample_rate);
    s.after = (size_t)lround(AFTER * sample_rate);
    s.shortest = (size_t)lround(options->shortest * sample_rate);
    s.longest = (size_t)lround(options->longest * sample_rate);
    size_t earliest = (size_t)lround(options->earliest * sample_rate);
    if (earliest < s.crossfade)
        earliest = s.crossfade;
    if (s.crossfade == 0 || s.crossfade > s.shortest || s.shortest > s.longest)
        return tb_fail(TB_ERR_ARGUMENT, "A loop of %g to %g s cannot have a crossfade of %g s.", options->shortest,
                       options->longest, options->crossfade);
    if (earliest + s.shortest + s.after > n)
        return tb_fail(TB_ERR_EMPTY, "The sound of %.2f s is too short for a loop.", (double)n / sample_rate);
    size_t latest = n - s.after - s.shortest;
    /* Later starts leave less room for the loop; within half a second they differ enough from each other. */
    latest = fmin((double)latest, (double)earliest + 0.5 * sample_rate);
    Found found[TB_LOOPS];
    status = search_new(&s);
    for (size_t i = 0; i < TB_LOOPS && status == TB_OK; i++)
        found[i] = search_from(&s, earliest + (latest - earliest) * i / (TB_LOOPS - 1));
    search_free(&s);
    if (status)
        return status;
    qsort(found, TB_LOOPS, sizeof *found, better_first);
    for (*n_loops = 0; *n_loops < TB_LOOPS; ++*n_loops)
        loop[*n_loops] = found[*n_loops].loop;
    return TB_OK;
}
