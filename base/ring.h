/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lock-free queue between two threads. */
#ifndef TIMBREL_BASE_RING_H
#define TIMBREL_BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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
static inline bool tbi_ring_new(Ring *r, size_t element, size_t capacity) {
    *r = (Ring){.element = element, .capacity = 1};
    while (r->capacity < capacity)
        r->capacity *= 2;
    r->data = calloc(r->capacity, element);
    return r->data != NULL;
}

static inline void tbi_ring_free(Ring *r) {
    free(r->data);
    r->data = NULL;
}

/* The number of elements, up to n, that are contiguous from `at` on. */
static inline size_t tbi_ring_contiguous(const Ring *r, size_t at, size_t n) {
    size_t left = r->capacity - (at & (r->capacity - 1));
    return n < left ? n : left;
}

/* Puts as many of n elements as there is room for; returns how many. RT, producer. */
static inline size_t tbi_ring_put(Ring *r, const void *elements, size_t n) {
    size_t put = atomic_load_explicit(&r->put, memory_order_relaxed);
    size_t room = r->capacity - (put - atomic_load_explicit(&r->got, memory_order_acquire));
    n = n < room ? n : room;
    size_t first = tbi_ring_contiguous(r, put, n);
    memcpy(r->data + (put & (r->capacity - 1)) * r->element, elements, first * r->element);
    memcpy(r->data, (const char *)elements + first * r->element, (n - first) * r->element);
    atomic_store_explicit(&r->put, put + n, memory_order_release);
    return n;
}

/* Gets up to n elements; returns how many. RT, consumer. */
static inline size_t tbi_ring_get(Ring *r, void *elements, size_t n) {
    size_t got = atomic_load_explicit(&r->got, memory_order_relaxed);
    size_t available = atomic_load_explicit(&r->put, memory_order_acquire) - got;
    n = n < available ? n : available;
    size_t first = tbi_ring_contiguous(r, got, n);
    memcpy(elements, r->data + (got & (r->capacity - 1)) * r->element, first * r->element);
    memcpy((char *)elements + first * r->element, r->data, (n - first) * r->element);
    atomic_store_explicit(&r->got, got + n, memory_order_release);
    return n;
}

/* The number of elements. RT, consumer; the producer sees as many or more, and has room for the rest. */
static inline size_t tbi_ring_count(const Ring *r) {
    return atomic_load_explicit(&r->put, memory_order_acquire) - atomic_load_explicit(&r->got, memory_order_relaxed);
}

/* The first element, left in the ring; NULL: empty. RT, consumer. */
static inline const void *tbi_ring_first(const Ring *r) {
    size_t got = atomic_load_explicit(&r->got, memory_order_relaxed);
    return tbi_ring_count(r) > 0 ? r->data + (got & (r->capacity - 1)) * r->element : NULL;
}

/* Drops n <= count elements. RT, consumer. */
static inline void tbi_ring_drop(Ring *r, size_t n) {
    size_t got = atomic_load_explicit(&r->got, memory_order_relaxed);
    atomic_store_explicit(&r->got, got + n, memory_order_release);
}

#endif
