/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overlap area and Kullback-Leibler divergence between sets of pieces (Yang and Lerch 2018, section 3.2). */
#include "base/arena.h"
#include "base/no_memory.h"
#include "score/style.h"

#include <math.h>
#include <stdlib.h>

enum { POINTS = 1000 /* of a density */ };
static const double FARTHEST = 9; /* deviations: a Gaussian there adds less than 1e-17 */

#define SIZE(name, size) size,
static const size_t sizes[TB_STYLE_FEATURES] = {STYLE_FEATURES(SIZE)};
#undef SIZE

static double distance(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum);
}

/* Distances between all pairs of one set; to[n * (n - 1) / 2]. */
static size_t distances_inside(const TbStyle *a, size_t n, size_t at, size_t size, double *to) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            to[count++] = distance(a[i].value + at, a[k].value + at, size);
    return count;
}

static size_t distances_across(const TbStyle *a, size_t n_a, const TbStyle *b, size_t n_b, size_t at, size_t size,
                               double *to) {
    size_t count = 0;
    for (size_t i = 0; i < n_a; i++)
        for (size_t k = 0; k < n_b; k++)
            to[count++] = distance(a[i].value + at, b[k].value + at, size);
    return count;
}

/* density[POINTS] from `low` in steps of `step`: a Gaussian at each x, with Scott's bandwidth but at least `narrowest`;
 * scaled to sum 1. */
static void estimate_density(const double *x, size_t n, double low, double step, double narrowest, double *density) {
    double mean = 0, square = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean);
    double width = fmax(sqrt(square / (double)n) * pow((double)n, -0.2), narrowest);
    memset(density, 0, POINTS * sizeof *density);
    for (size_t i = 0; i < n; i++) {
        double first = ceil((x[i] - FARTHEST * width - low) / step), last = (x[i] + FARTHEST * width - low) / step;
        for (int k = first > 0 ? (int)first : 0; k < POINTS && k <= last; k++) {
            double u = (low + k * step - x[i]) / width;
            density[k] += exp(-0.5 * u * u);
        }
    }
    for (int k = 0; k < POINTS; k++)
        sum += density[k];
    for (int k = 0; k < POINTS; k++)
        density[k] /= fmax(sum, 1e-300);
}

static double largest(const double *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, x[i]);
    return most;
}

static void compare_densities(const double *a, size_t n_a, const double *b, size_t n_b, double *oa, double *kl) {
    double p[POINTS], q[POINTS], most = fmax(largest(a, n_a), largest(b, n_b));
    double pad = 0.05 * most + 1e-9, step = (most + 2 * pad) / (POINTS - 1), narrowest = 2e-3 * most + 1e-12;
    estimate_density(a, n_a, -pad, step, narrowest, p);
    estimate_density(b, n_b, -pad, step, narrowest, q);
    *oa = *kl = 0;
    for (int k = 0; k < POINTS; k++) {
        *oa += fmin(p[k], q[k]);
        *kl += p[k] * log((p[k] + 1e-12) / (q[k] + 1e-12));
    }
}

/* Difference of the means of a feature by the reference's deviation. */
static double shift_of(const TbStyle *a, size_t n_a, const TbStyle *b, size_t n_b, size_t at) {
    double mean_a = 0, mean_b = 0, square = 0;
    for (size_t i = 0; i < n_a; i++)
        mean_a += a[i].value[at] / (double)n_a;
    for (size_t i = 0; i < n_b; i++)
        mean_b += b[i].value[at] / (double)n_b;
    for (size_t i = 0; i < n_b; i++)
        square += (b[i].value[at] - mean_b) * (b[i].value[at] - mean_b);
    return square > 0 ? (mean_a - mean_b) / sqrt(square / (double)n_b) : NAN;
}

TbStatus tb_style_compare(const TbStyle *test, size_t n_test, const TbStyle *reference, size_t n_reference,
                          TbStyleDistance *d) {
    if (n_test < 3 || n_reference < 3)
        return tb_fail(TB_ERR_EMPTY, "Styles are compared by three pieces or more on each side.");
    if (n_test > TB_STYLE_PIECES || n_reference > TB_STYLE_PIECES)
        return tb_fail(TB_ERR_ARGUMENT, "Styles are compared by up to %d pieces.", TB_STYLE_PIECES);
    TbArena arena = {0};
    double *inside = tbi_arena_alloc(&arena, n_test * n_test, sizeof *inside);
    double *inside_reference = tbi_arena_alloc(&arena, n_reference * n_reference, sizeof *inside_reference);
    double *across = tbi_arena_alloc(&arena, n_test * n_reference, sizeof *across);
    TbStatus status = across ? TB_OK : tbi_no_memory("to compare styles");
    *d = (TbStyleDistance){0};
    for (size_t f = 0, at = 0; f < TB_STYLE_FEATURES && status == TB_OK; at += sizes[f++]) {
        size_t n_in = distances_inside(test, n_test, at, sizes[f], inside);
        size_t n_ref = distances_inside(reference, n_reference, at, sizes[f], inside_reference);
        size_t n_across = distances_across(test, n_test, reference, n_reference, at, sizes[f], across);
        compare_densities(inside, n_in, across, n_across, &d->oa[f], &d->kl[f]);
        compare_densities(inside_reference, n_ref, across, n_across, &d->oa_ref[f], &d->kl_ref[f]);
        d->shift[f] = sizes[f] == 1 ? shift_of(test, n_test, reference, n_reference, at) : NAN;
        d->mean_oa += d->oa[f] / TB_STYLE_FEATURES;
        d->mean_kl += d->kl[f] / TB_STYLE_FEATURES;
    }
    tbi_arena_free(&arena);
    return status;
}

/* CRC-32 (ISO 3309), as in gzip. */
static uint32_t crc_of_name(const char *path) {
    const char *slash = strrchr(path, '/');
    uint32_t crc = 0xffffffff;
    for (const char *c = slash ? slash + 1 : path; *c; c++) {
        crc ^= (uint8_t)*c;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static int by_crc(const void *a, const void *b) {
    uint32_t x = crc_of_name(*(const char *const *)a), y = crc_of_name(*(const char *const *)b);
    return (x > y) - (x < y);
}

size_t tb_style_pick(const char **names, size_t n) {
    if (n <= TB_STYLE_PIECES)
        return n;
    qsort(names, n, sizeof *names, by_crc);
    return TB_STYLE_PIECES;
}
