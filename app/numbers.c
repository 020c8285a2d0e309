/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void number_text(double x, int digits, int decimals, char *text, size_t size) {
    if (!isfinite(x)) {
        snprintf(text, size, "-");
        return;
    }
    int before = x == 0 ? 0 : (int)floor(log10(fabs(x))) + 1, after = digits - before;
    after = after > decimals ? decimals : after < 0 ? 0 : after;
    snprintf(text, size, "%.*f", after, x);
    if (strchr(text, '.')) {
        size_t n = strlen(text);
        while (text[n - 1] == '0')
            n--;
        text[text[n - 1] == '.' ? n - 1 : n] = 0;
    }
    if (strcmp(text, "-0") == 0)
        snprintf(text, size, "0");
}
