/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: a lock-free queue between two threads. */
#ifndef TIMBREL_LIVE_RING_H
#define TIMBREL_LIVE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* A ring of fixed-size elements for a single producer and a single consumer. Both counters only grow, and each is
 * written by one side (Lamport, "Concurrent reading and writing", 1977). Padding puts them on separate cache lines. */
typedef struct {
    char *data;
    size_t element, capacity; /* bytes per element; elements, a power of 2 */
    char padding_0[64];
    atomic_size_t put;
    char padding_1[64];
    atomic_size_t got;
    char padding_2[64];
} Ring;

/* Rounds the capacity up to a power of 2. False: out of memory. OFF */
bool tbi_ring_new(Ring *ring, size_t element, size_t capacity);
void tbi_ring_free(Ring *ring);
/* Puts as many of n elements as there is room for; returns how many. RT, producer. */
size_t tbi_ring_put(Ring *ring, const void *elements, size_t n);
/* Gets up to n elements; returns how many. RT, consumer. */
size_t tbi_ring_get(Ring *ring, void *elements, size_t n);
/* The number of elements; the first one, left in the ring (NULL: empty); drops n <= count elements. RT, consumer. */
size_t tbi_ring_count(const Ring *ring);
const void *tbi_ring_first(const Ring *ring);
void tbi_ring_drop(Ring *ring, size_t n);

#endif
