/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that grow as they are filled. */
#ifndef TIMBREL_BASE_GROW_H
#define TIMBREL_BASE_GROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Behind the macros below; `array` points to the pointer of an array. */
static inline bool tbi_grow_array(void *array, size_t n, size_t *room, size_t size) {
    const size_t larger = *room <= n / 2 ? n : 2 * *room;
    void *items;
    if (n <= *room)
        return true;
    memcpy(&items, array, sizeof items);
    items = larger <= SIZE_MAX / size ? realloc(items, larger * size) : NULL;
    if (!items)
        return false;
    memcpy(array, &items, sizeof items);
    *room = larger;
    return true;
}

static inline bool tbi_grow_array_by_one(void *array, size_t n, size_t size) {
    size_t room = n & (n - 1) ? n + 1 : n;
    return tbi_grow_array(array, n + 1, &room, size);
}

/* Makes room for n items in *array, which has room for *room of them; it at least doubles, so that filling an array
 * takes linear time. false: not enough memory, and the array is as before. Begins as NULL and 0. OFF */
#define tbi_grow(array, n, room) tbi_grow_array((array), (n), (room), sizeof **(array))

/* The same for one item more than the n of *array, without a count of its room: grows when n is 0 or a power of two.
 * Only for arrays that are made this way from the first item on. */
#define tbi_grow_by_one(array, n) tbi_grow_array_by_one((array), (n), sizeof **(array))

#endif
