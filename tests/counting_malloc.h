/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts allocations and locks by replacing malloc and pthread_mutex_lock. Include in one file of a test. */
#ifndef TIMBREL_TESTS_COUNTING_MALLOC_H
#define TIMBREL_TESTS_COUNTING_MALLOC_H

#include "tests/libc_malloc.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static size_t counted, counted_locks;

static inline size_t counted_allocations(void) {
    return counted + counted_locks;
}

#ifndef TB_SANITIZE /* the sanitizer replaces malloc itself */
void *malloc(size_t size) {
    counted++;
    return __libc_malloc(size);
}
void *calloc(size_t n, size_t size) {
    counted++;
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t size) {
    counted++;
    return __libc_realloc(p, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
    counted++;
    return __libc_memalign(alignment, size);
}
int posix_memalign(void **p, size_t alignment, size_t size) {
    counted++;
    *p = __libc_memalign(alignment, size);
    return *p ? 0 : 12;
}
void free(void *p) {
    counted += p != NULL;
    __libc_free(p);
}
/* The C library's function cannot be called under this name; pthread_mutex_timedlock does the same. */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    counted_locks++;
    return pthread_mutex_timedlock(mutex, &(struct timespec){.tv_sec = 1L << 40});
}
#endif

#endif
