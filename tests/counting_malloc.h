/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts allocations and locks: replaces malloc and pthread_mutex_lock of the C library. Include in one file of a
 * test. */
#ifndef TIMBREL_TESTS_COUNTING_MALLOC_H
#define TIMBREL_TESTS_COUNTING_MALLOC_H

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static size_t counted, counted_locks;

static size_t counted_allocations(void) {
    return counted + counted_locks;
}

#ifndef TB_SANITIZE /* the sanitizer replaces malloc itself */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

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
/* The library's pthread_mutex_lock cannot be called under its name from here, but pthread_mutex_timedlock can. */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    counted_locks++;
    return pthread_mutex_timedlock(mutex, &(struct timespec){.tv_sec = 1L << 40});
}
#endif

#endif
