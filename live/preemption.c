/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By restartable sequences (rseq(2), Linux 4.18; glibc registers every thread from 2.35 on): before the kernel lets a
 * preempted thread go on, it looks whether that was inside of the sequence that the thread has announced; if not, it
 * crosses the announcement out. So we announce a sequence that nobody runs, and look later whether it still stands:
 * two stores and a load, where clocks of threads and counters of switches would each cost a system call. */
#include "live/preemption.h"

#include <stdint.h> /* defines __GLIBC_PREREQ where the C library is glibc */

#if defined(__GLIBC_PREREQ) && defined(__has_builtin)
#if __GLIBC_PREREQ(2, 35) && __has_builtin(__builtin_thread_pointer)
#define HAS_RSEQ
#endif
#endif

#if defined(HAS_RSEQ)
#include <sys/rseq.h>

/* The signature stands before the place where an interrupted sequence would go on; nothing ever does. */
static const uint32_t nowhere[2] = {RSEQ_SIG, 0};
static struct rseq_cs sequence;

static volatile struct rseq *area(void) {
    return (volatile struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

__attribute__((constructor)) static void make_sequence(void) {
    sequence = (struct rseq_cs){
        .start_ip = (uintptr_t)&nowhere[0], .post_commit_offset = 1, .abort_ip = (uintptr_t)&nowhere[1]};
}

static bool known(void) {
    return __rseq_size > 0;
}

void tbi_preemption_begin(void) {
    if (known())
        area()->rseq_cs = (uintptr_t)&sequence;
}

bool tbi_preemption_end(void) {
    if (!known())
        return false;
    bool crossed_out = area()->rseq_cs == 0;
    area()->rseq_cs = 0; /* it must not stand when the library that holds it is unloaded */
    return crossed_out;
}
#else
void tbi_preemption_begin(void) {}

bool tbi_preemption_end(void) {
    return false;
}
#endif
