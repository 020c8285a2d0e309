/* Words about numbers.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_APP_WORDS_H
#define TIMBREL_APP_WORDS_H

#include <stddef.h>

/* What makes the noun after a number of things a plural: "1 note", "2 notes". */
static inline const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

#endif
