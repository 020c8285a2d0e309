/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metric multidimensional scaling to a plane. The stress of a map is the sum over all pairs of (distance on the map -
 * distance of the vectors)^2. Majorisation (J. de Leeuw, "Applications of convex analysis to multidimensional scaling",
 * 1977) minimises it; with equal weights each step is the Guttman transform. Steps of twice that length (de Leeuw and
 * Heiser 1980) do not increase the stress either and converge about twice as fast. */
#include "base/arena.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 500, POWER_STEPS = 100, SEED = 1977 };
static const double TOLERANCE = 1e-7; /* converged when one step reduces the stress by a smaller fraction */

typedef struct {
    double x, y;
} Point;

typedef struct {
    size_t n, dims;
    const float *vectors;
    float *distance;     /* [n (n - 1) / 2] of vectors i and j < i, at pair(i) + j */
    double squares;      /* sum of the squared distances */
    Point *at, *guttman; /* [n] points, and their Guttman transform */
    double *mean, *axis; /* [dims], [2][dims] */
    TbArena memory;      /* of the arrays */
} Layout;

static size_t pair(size_t i) {
    return i * (i - 1) / 2;
}

static TbStatus layout_new(Layout *l, const float *vectors, size_t n, size_t dims) {
    *l = (Layout){.n = n, .dims = dims, .vectors = vectors};
    l->distance = tbi_arena_floats(&l->memory, pair(n));
    l->at = tbi_arena_alloc(&l->memory, n, sizeof *l->at);
    l->guttman = tbi_arena_alloc(&l->memory, n, sizeof *l->guttman);
    l->mean = tbi_arena_alloc(&l->memory, dims, sizeof *l->mean);
    l->axis = tbi_arena_alloc(&l->memory, 2 * dims, sizeof *l->axis);
    return l->memory.failed ? tbi_no_memory("for a map of %zu sounds", n) : TB_OK;
}

static double squared_distance(const float *vectors, size_t i, size_t j, size_t dims) {
    const float *a = vectors + i * dims, *b = vectors + j * dims;
    double sum = 0.0;
    for (size_t k = 0; k < dims; k++)
        sum += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
    return sum;
}

void tb_map_nearest(const float *vectors, size_t n, size_t dims, size_t *nearest) {
    for (size_t i = 0; i < n; i++) {
        double least = INFINITY;
        nearest[i] = i;
        for (size_t j = 0; j < n; j++) {
            double d = i == j ? INFINITY : squared_distance(vectors, i, j, dims);
            if (d < least) {
                least = d;
                nearest[i] = j;
            }
        }
    }
}

static void measure_distances(Layout *l) {
    for (size_t i = 1; i < l->n; i++)
        for (size_t j = 0; j < i; j++) {
            double sum = squared_distance(l->vectors, i, j, l->dims);
            l->distance[pair(i) + j] = (float)sqrt(sum);
            l->squares += sum;
        }
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

static double projection(const Layout *l, size_t i, const double *axis) {
    double sum = 0.0;
    for (size_t k = 0; k < l->dims; k++)
        sum += (l->vectors[i * l->dims + k] - l->mean[k]) * axis[k];
    return sum;
}

/* Makes `axis` orthogonal to the unit vector `other` (may be NULL) and scales it to length 1, or 0 if it vanishes. */
static void normalise(double *axis, const double *other, size_t dims) {
    double part = other ? dot(axis, other, dims) : 0.0;
    for (size_t k = 0; k < dims && other; k++)
        axis[k] -= part * other[k];
    double length = sqrt(dot(axis, axis, dims));
    for (size_t k = 0; k < dims; k++)
        axis[k] = length > 1e-30 ? axis[k] / length : 0.0;
}

/* The direction of largest variance orthogonal to `other`, by power iteration. It only initialises the majorisation, so
 * slow convergence for two nearly equal variances does not matter. */
static void principal_axis(const Layout *l, double *axis, const double *other, double *next) {
    TbRng rng;
    tb_rng_seed(&rng, SEED);
    for (size_t k = 0; k < l->dims; k++)
        axis[k] = (double)tb_rng_uniform(&rng) - 0.5;
    normalise(axis, other, l->dims);
    for (int step = 0; step < POWER_STEPS; step++) {
        memset(next, 0, l->dims * sizeof *next);
        for (size_t i = 0; i < l->n; i++) {
            double a = projection(l, i, axis);
            for (size_t k = 0; k < l->dims; k++)
                next[k] += a * (l->vectors[i * l->dims + k] - l->mean[k]);
        }
        normalise(next, other, l->dims);
        memcpy(axis, next, l->dims * sizeof *axis);
    }
}

static TbStatus initialise(Layout *l) {
    double *next = malloc((l->dims + 1) * sizeof *next);
    if (!next)
        return tbi_no_memory("for a map of %zu sounds", l->n);
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->dims; k++)
            l->mean[k] += l->vectors[i * l->dims + k] / (double)l->n;
    principal_axis(l, l->axis, NULL, next);
    principal_axis(l, l->axis + l->dims, l->axis, next);
    free(next);
    /* Jitter: different vectors that start at the same point would never separate. */
    double jitter = 1e-4 * sqrt(l->squares) / (double)l->n;
    TbRng rng;
    tb_rng_seed(&rng, SEED);
    for (size_t i = 0; i < l->n; i++) {
        l->at[i].x = projection(l, i, l->axis) + jitter * ((double)tb_rng_uniform(&rng) - 0.5);
        l->at[i].y = projection(l, i, l->axis + l->dims) + jitter * ((double)tb_rng_uniform(&rng) - 0.5);
    }
    return TB_OK;
}

/* The Guttman transform of `at` into `guttman`; returns the stress of `at`. */
static double guttman_transform(Layout *l) {
    double stress = 0.0, share = 1.0 / (double)l->n;
    memset(l->guttman, 0, l->n * sizeof *l->guttman);
    for (size_t i = 1; i < l->n; i++) {
        const float *wanted = l->distance + pair(i);
        Point at = l->at[i], sum = {0, 0};
        for (size_t j = 0; j < i; j++) {
            double dx = at.x - l->at[j].x, dy = at.y - l->at[j].y, d = sqrt(dx * dx + dy * dy);
            double pull = d > 1e-300 ? share * wanted[j] / d : 0.0;
            stress += (d - wanted[j]) * (d - wanted[j]);
            sum.x += pull * dx;
            sum.y += pull * dy;
            l->guttman[j].x -= pull * dx;
            l->guttman[j].y -= pull * dy;
        }
        l->guttman[i].x += sum.x;
        l->guttman[i].y += sum.y;
    }
    return stress;
}

static void centre(Layout *l) {
    Point mean = {0, 0};
    for (size_t i = 0; i < l->n; i++) {
        mean.x += l->at[i].x / (double)l->n;
        mean.y += l->at[i].y / (double)l->n;
    }
    for (size_t i = 0; i < l->n; i++) {
        l->at[i].x -= mean.x;
        l->at[i].y -= mean.y;
    }
}

static TbStatus majorise(Layout *l, TbProgress progress, void *context) {
    double before = INFINITY;
    for (int step = 0; step < MAX_STEPS; step++) {
        double stress = guttman_transform(l);
        bool last = !(before - stress > TOLERANCE * stress) || stress <= 1e-20 * l->squares || step + 1 == MAX_STEPS;
        double step_length = last ? 1.0 : 2.0; /* a single-length last step corrects the overall scale */
        for (size_t i = 0; i < l->n; i++) {
            l->at[i].x += step_length * (l->guttman[i].x - l->at[i].x);
            l->at[i].y += step_length * (l->guttman[i].y - l->at[i].y);
        }
        centre(l);
        if (last)
            break;
        before = stress;
        if (progress && !progress(context, (double)step / MAX_STEPS, "arranging"))
            return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    return TB_OK;
}

/* Rotates the widest direction to x, and flips both axes so that the points furthest out are at the right and the top:
 * the orientation is unique. */
static void orient(Layout *l, float *xy) {
    double xx = 0.0, xy_sum = 0.0, yy = 0.0;
    for (size_t i = 0; i < l->n; i++) {
        xx += l->at[i].x * l->at[i].x;
        xy_sum += l->at[i].x * l->at[i].y;
        yy += l->at[i].y * l->at[i].y;
    }
    double angle = 0.5 * atan2(2.0 * xy_sum, xx - yy), c = cos(angle), s = sin(angle);
    Point most = {0, 0};
    for (size_t i = 0; i < l->n; i++) {
        Point p = {c * l->at[i].x + s * l->at[i].y, c * l->at[i].y - s * l->at[i].x};
        l->at[i] = p;
        most.x = fabs(p.x) > fabs(most.x) ? p.x : most.x;
        most.y = fabs(p.y) > fabs(most.y) ? p.y : most.y;
    }
    for (size_t i = 0; i < l->n; i++) {
        xy[2 * i] = (float)copysign(1.0, most.x) * (float)l->at[i].x;
        xy[2 * i + 1] = (float)copysign(1.0, most.y) * (float)l->at[i].y;
    }
}

TbStatus tb_map_layout(const float *vectors, size_t n, size_t dims, TbProgress progress, void *context, float *xy,
                       double *stress) {
    if (n == 0)
        return tb_fail(TB_ERR_EMPTY, "There are no sounds to make a map of.");
    if (n > TB_MAP_MAX)
        return tb_fail(TB_ERR_ARGUMENT, "A map can hold at most %d sounds, not %zu.", TB_MAP_MAX, n);
    for (size_t k = 0; k < n * dims; k++)
        if (!(fabsf(vectors[k]) < 1e15f))
            return tb_fail(TB_ERR_ARGUMENT, "The descriptor of sound %zu holds a value that is not a number.",
                           k / dims + 1);
    Layout l;
    TbStatus status = layout_new(&l, vectors, n, dims);
    if (status == TB_OK) {
        measure_distances(&l);
        status = initialise(&l);
    }
    if (status == TB_OK)
        status = majorise(&l, progress, context);
    if (status == TB_OK && stress)
        *stress = l.squares > 0.0 ? sqrt(guttman_transform(&l) / l.squares) : 0.0;
    if (status == TB_OK)
        orient(&l, xy);
    tbi_arena_free(&l.memory);
    return status;
}
