/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detects what an audio thread must not do: allocate, free, lock, wait, write, or make any system call. */
#ifndef TIMBREL_TESTS_PURITY_H
#define TIMBREL_TESTS_PURITY_H

#include <stdbool.h>

typedef enum {
    PURITY_ALLOCATIONS,
    PURITY_FREES,
    PURITY_LOCKS,  /* of mutexes, even uncontended */
    PURITY_WAITS,  /* on conditions, semaphores, threads */
    PURITY_OUTPUT, /* even if only buffered by the C library */
    PURITY_SYSTEM_CALLS,
    PURITY_KINDS
} PurityKind;

extern const char *const purity_names[PURITY_KINDS];

/* The calling thread's actions between begin and end are counted; of system calls, only the first of each interval.
 * False: this kernel cannot detect system calls (Linux 5.11 on x86 can). */
bool purity_begin(void);
void purity_end(void);
/* Totals of all threads. */
unsigned long long purity_count(PurityKind kind);

#endif
