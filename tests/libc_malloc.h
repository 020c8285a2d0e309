/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The C library's allocator under its second names, for what replaces malloc. */
#ifndef TIMBREL_TESTS_LIBC_MALLOC_H
#define TIMBREL_TESTS_LIBC_MALLOC_H

#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

#endif
