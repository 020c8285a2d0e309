/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: numbers as people write them. */
#ifndef TIMBREL_APP_NUMBERS_H
#define TIMBREL_APP_NUMBERS_H

#include <stddef.h>

/* Writes x in plain decimals, without an exponent: at most `digits` significant ones, though a number is never rounded
 * before its point, and at most `decimals` after the point, without trailing zeros and without -0. What is not finite
 * is "-". */
void number_text(double x, int digits, int decimals, char *text, size_t size);

/* What makes the noun after a number of things a plural: "1 note", "2 notes". */
static inline const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

#endif
