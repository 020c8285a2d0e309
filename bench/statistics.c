/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/compare.h"
#include "bench/tools.h"

#include <math.h>
#include <stdlib.h>

double quantile(double *x, size_t n, double share) {
    qsort(x, n, sizeof *x, tbi_compare_doubles);
    double at = share * (double)(n - 1);
    size_t i = (size_t)at;
    return n == 0 ? NAN : i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

/* Equal values share a rank. */
static double rank(const double *x, size_t n, size_t i) {
    double below = 0, equal = 0;
    for (size_t j = 0; j < n; j++) {
        below += x[j] < x[i];
        equal += x[j] == x[i];
    }
    return below + 0.5 * (equal - 1);
}

double spearman(const double *x, const double *y, size_t n) {
    double middle = 0.5 * ((double)n - 1), xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        double a = rank(x, n, i) - middle, b = rank(y, n, i) - middle;
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}
