/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binary search in sorted arrays: of int32_t, or of structs that begin with one, such as the onset of a note. */
#ifndef TIMBREL_BASE_SEARCH_H
#define TIMBREL_BASE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* The index of the first of n items of `size` bytes whose number is not below `least`; n: there is none. */
static inline size_t tbi_lower_bound(const void *items, size_t n, size_t size, int32_t least) {
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (*(const int32_t *)(const void *)((const char *)items + middle * size) < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
