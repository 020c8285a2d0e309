/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detects preemption by restartable sequences (rseq(2), Linux 4.18; glibc registers every thread from 2.35 on). When
 * the kernel resumes a preempted thread, it clears the thread's pointer to a critical section unless the thread is
 * inside that section. So we set the pointer to a section that is never executed and check later whether it is still
 * set. This costs two stores and a load; CPU clocks and context switch counters would cost a system call each. */
#include "live/preemption.h"

#include <stdint.h> /* defines __GLIBC_PREREQ where the C library is glibc */

#if defined(__GLIBC_PREREQ) && defined(__has_builtin)
#if __GLIBC_PREREQ(2, 35) && __has_builtin(__builtin_thread_pointer)
#define HAS_RSEQ
#endif
#endif

#if defined(HAS_RSEQ)
#include <sys/rseq.h>

/* The kernel requires the signature before the abort address. The address is never jumped to. */
static const uint32_t abort_target[2] = {RSEQ_SIG, 0};
static struct rseq_cs sequence;

static volatile struct rseq *area(void) {
    return (volatile struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

__attribute__((constructor)) static void make_sequence(void) {
    sequence = (struct rseq_cs){
        .start_ip = (uintptr_t)&abort_target[0], .post_commit_offset = 1, .abort_ip = (uintptr_t)&abort_target[1]};
}

static bool rseq_available(void) {
    return __rseq_size > 0;
}

void tbi_preemption_begin(void) {
    if (rseq_available())
        area()->rseq_cs = (uintptr_t)&sequence;
}

bool tbi_preemption_end(void) {
    if (!rseq_available())
        return false;
    bool preempted = area()->rseq_cs == 0;
    area()->rseq_cs = 0; /* must not remain set when this library is unloaded */
    return preempted;
}
#else
void tbi_preemption_begin(void) {}

bool tbi_preemption_end(void) {
    return false;
}
#endif
