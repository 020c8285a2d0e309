/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks, in seconds. ANY */
#ifndef TIMBREL_BASE_CLOCK_H
#define TIMBREL_BASE_CLOCK_H

#include <time.h>

static inline double tbi_clock(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The monotonic clock. It is read without a system call, unlike those of processes and threads. RT */
static inline double tbi_now(void) {
    return tbi_clock(CLOCK_MONOTONIC);
}

/* Processor time of the calling thread: other programs on the machine do not count. */
static inline double tbi_thread_time(void) {
    return tbi_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* A moment on the monotonic clock, for a condition variable that waits by it. */
static inline struct timespec tbi_in_seconds(int seconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += seconds;
    return t;
}

#endif
