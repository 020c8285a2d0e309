/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: whether a thread was preempted. */
#ifndef TIMBREL_LIVE_PREEMPTION_H
#define TIMBREL_LIVE_PREEMPTION_H

#include <stdbool.h>

void tbi_preemption_begin(void); /* RT */
/* Whether the kernel has preempted this thread since tbi_preemption_begin, even briefly, or run a signal handler on it.
 * Always false where the kernel or the C library cannot tell. RT, same thread */
bool tbi_preemption_end(void);
#endif
