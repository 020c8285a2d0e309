/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ascending order of plain numbers, for qsort; also of structs that begin with one. */
#ifndef TIMBREL_BASE_COMPARE_H
#define TIMBREL_BASE_COMPARE_H

static inline int tbi_compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static inline int tbi_compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#endif
