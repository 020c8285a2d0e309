/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices what an audio thread must not do: allocate, free, lock, wait, write, and any system call whatever. */
#ifndef TIMBREL_TESTS_PURITY_H
#define TIMBREL_TESTS_PURITY_H

#include <stdbool.h>

typedef enum {
    PURITY_ALLOCATIONS,
    PURITY_FREES,
    PURITY_LOCKS,  /* of mutexes, even where nobody else has them */
    PURITY_WAITS,  /* for conditions, semaphores, threads */
    PURITY_OUTPUT, /* that the C library may only have put into a buffer */
    PURITY_SYSTEM_CALLS,
    PURITY_KINDS
} PurityKind;

extern const char *const purity_names[PURITY_KINDS];

/* Between the two, what this thread does is counted. Of system calls, the first of each such stretch is. False: this
 * kernel cannot tell of system calls (Linux 5.11 on x86 can). */
bool purity_begin(void);
void purity_end(void);
/* By all threads, so far. */
unsigned long long purity_count(PurityKind kind);

#endif
