/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: whether a thread had to wait for its processor. */
#ifndef TIMBREL_LIVE_PREEMPTION_H
#define TIMBREL_LIVE_PREEMPTION_H

#include <stdbool.h>

void tbi_preemption_begin(void); /* RT */
/* Whether since then the kernel has taken this thread off its processor, even for a moment, or run a signal's handler
 * on it. Where the kernel or the C library cannot tell, always false. RT, same thread */
bool tbi_preemption_end(void);
#endif
