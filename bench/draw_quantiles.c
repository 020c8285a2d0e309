/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/draw_quantiles.h"
#include "base/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double at(const double *sorted, size_t n, double share) {
    return n ? sorted[(size_t)(share * (double)(n - 1) + 0.5)] : NAN;
}

/* Measures that do not apply to a piece are left out. */
static size_t sorted_of(const DrawMeasures *m, size_t offset, double *x) {
    size_t found = 0;
    for (size_t i = 0; i < m->n; i++) {
        double value;
        memcpy(&value, (const char *)&m->of[i] + offset, sizeof value);
        if (!isnan(value))
            x[found++] = value;
    }
    qsort(x, found, sizeof *x, tbi_compare_doubles);
    return found;
}

void draw_print_measure(const char *name, size_t offset, const DrawMeasures *real, const DrawMeasures *drawn) {
    double a[DRAW_MEASURES_MOST], b[DRAW_MEASURES_MOST];
    const size_t n = sorted_of(real, offset, a), k = sorted_of(drawn, offset, b);
    size_t inside = 0;
    for (size_t i = 0; i < k; i++)
        inside += b[i] >= at(a, n, 0.1) - 1e-9 && b[i] <= at(a, n, 0.9) + 1e-9;
    printf("%-20s real %6.3f %6.3f %6.3f   drawn %6.3f %6.3f %6.3f   inside %.3f\n", name, at(a, n, 0.1), at(a, n, 0.5),
           at(a, n, 0.9), at(b, k, 0.1), at(b, k, 0.5), at(b, k, 0.9), (double)inside / (double)(k ? k : 1));
}
