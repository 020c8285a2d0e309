/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the tests of operators: random arrays, and gradient checks by central differences. */
#ifndef TIMBREL_TESTS_CENTRAL_DIFFERENCE_H
#define TIMBREL_TESTS_CENTRAL_DIFFERENCE_H

#include "timbrel/base.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double GRADIENT_BOUND = 1e-4; /* relative, for every operator */

static TbRng rng;

static inline float *draw(size_t n) {
    float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64 + 64);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = tb_rng_normal(&rng);
    return x;
}

/* A copy of x[n] in double precision; the caller frees it. */
static inline double *doubles(const float *x, size_t n) {
    double *y = malloc(n * sizeof *y);
    assert_non_null(y);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
    return y;
}

/* Relative distance of x[n] from the reference twin[n]. */
static inline double distance(const float *x, const double *twin, size_t n) {
    double error = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        error += (x[i] - twin[i]) * (x[i] - twin[i]);
        size += twin[i] * twin[i];
    }
    return sqrt(error / (size + 1e-30));
}

/* A scalar function of n values, in double precision; `context` is passed through. */
typedef double (*Function)(const double *x, const void *context);

/* Compares gradient[n] with central differences of f at x; returns the relative error over all. */
static inline double check(const char *name, Function f, const void *context, const float *at, const float *gradient,
                           size_t n) {
    double *x = doubles(at, n), *numeric = malloc(n * sizeof *numeric);
    for (size_t i = 0; i < n; i++) {
        const double h = 1e-6, kept = x[i];
        x[i] = kept + h;
        double up = f(x, context);
        x[i] = kept - h;
        numeric[i] = (up - f(x, context)) / (2 * h);
        x[i] = kept;
    }
    double error = distance(gradient, numeric, n);
    print_message("%-28s gradient error %.1e\n", name, error);
    free(x), free(numeric);
    return error;
}

#endif
