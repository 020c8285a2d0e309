/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: a queue between two threads, without locks. */
#ifndef TIMBREL_LIVE_RING_H
#define TIMBREL_LIVE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* A ring of elements of one size, for one thread that puts and one that gets. Both counters only grow; each is written
 * by one side, and what lies between them belongs to the getting side (Lamport, "Concurrent reading and writing",
 * 1977). They stand on cache lines of their own. */
typedef struct {
    char *data;
    size_t element, capacity; /* bytes; elements, a power of 2 */
    char apart_0[64];
    atomic_size_t put;
    char apart_1[64];
    atomic_size_t got;
    char apart_2[64];
} Ring;

/* Room for `capacity` elements or more. False: out of memory. OFF */
bool tbi_ring_new(Ring *ring, size_t element, size_t capacity);
void tbi_ring_free(Ring *ring);
/* As many of n elements as there is room for; how many. RT, one thread. */
size_t tbi_ring_put(Ring *ring, const void *elements, size_t n);
/* As many as there are, n at most; how many. RT, one thread, another one. */
size_t tbi_ring_get(Ring *ring, void *elements, size_t n);
/* How many there are; the first of them, which stays there (NULL: none); takes n that are there away. RT, that thread.
 */
size_t tbi_ring_count(const Ring *ring);
const void *tbi_ring_first(const Ring *ring);
void tbi_ring_drop(Ring *ring, size_t n);

#endif
