/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/ring.h"

#include <stdlib.h>
#include <string.h>

bool tbi_ring_new(Ring *r, size_t element, size_t capacity) {
    *r = (Ring){.element = element, .capacity = 1};
    while (r->capacity < capacity)
        r->capacity *= 2;
    r->data = calloc(r->capacity, element);
    return r->data != NULL;
}

void tbi_ring_free(Ring *r) {
    free(r->data);
    r->data = NULL;
}

/* The number of elements, up to n, that are contiguous from `at` on. */
static size_t contiguous(const Ring *r, size_t at, size_t n) {
    size_t left = r->capacity - (at & (r->capacity - 1));
    return n < left ? n : left;
}

size_t tbi_ring_put(Ring *r, const void *elements, size_t n) {
    size_t put = atomic_load_explicit(&r->put, memory_order_relaxed);
    size_t room = r->capacity - (put - atomic_load_explicit(&r->got, memory_order_acquire));
    n = n < room ? n : room;
    size_t first = contiguous(r, put, n);
    memcpy(r->data + (put & (r->capacity - 1)) * r->element, elements, first * r->element);
    memcpy(r->data, (const char *)elements + first * r->element, (n - first) * r->element);
    atomic_store_explicit(&r->put, put + n, memory_order_release);
    return n;
}

size_t tbi_ring_get(Ring *r, void *elements, size_t n) {
    size_t got = atomic_load_explicit(&r->got, memory_order_relaxed);
    size_t available = atomic_load_explicit(&r->put, memory_order_acquire) - got;
    n = n < available ? n : available;
    size_t first = contiguous(r, got, n);
    memcpy(elements, r->data + (got & (r->capacity - 1)) * r->element, first * r->element);
    memcpy((char *)elements + first * r->element, r->data, (n - first) * r->element);
    atomic_store_explicit(&r->got, got + n, memory_order_release);
    return n;
}

size_t tbi_ring_count(const Ring *r) {
    return atomic_load_explicit(&r->put, memory_order_acquire) - atomic_load_explicit(&r->got, memory_order_relaxed);
}

const void *tbi_ring_first(const Ring *r) {
    size_t got = atomic_load_explicit(&r->got, memory_order_relaxed);
    return tbi_ring_count(r) > 0 ? r->data + (got & (r->capacity - 1)) * r->element : NULL;
}

void tbi_ring_drop(Ring *r, size_t n) {
    size_t got = atomic_load_explicit(&r->got, memory_order_relaxed);
    atomic_store_explicit(&r->got, got + n, memory_order_release);
}
