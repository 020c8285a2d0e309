/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: number formatting. */
#ifndef TIMBREL_APP_NUMBERS_H
#define TIMBREL_APP_NUMBERS_H

#include <stddef.h>

/* Formats x as a plain decimal, without exponent, trailing zeros or -0: at most `digits` significant digits (but never
 * rounded before the decimal point) and at most `decimals` after the point. NaN and infinity are "-". */
void number_text(double x, int digits, int decimals, char *text, size_t size);

/* Plural ending for a count: "1 note", "2 notes". */
static inline const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

#endif
