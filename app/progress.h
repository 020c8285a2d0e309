/* Timbrel app: how far long work has come, on stderr; and stopping it with Ctrl-C.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_APP_PROGRESS_H
#define TIMBREL_APP_PROGRESS_H

#include "base/base.h"

/* From now on SIGINT and SIGTERM only set a flag, which makes progress_report return false; the second one ends the
 * program at once. */
void progress_catch_signals(void);
bool progress_interrupted(void);

typedef struct {
    const char *label;
    double started, shown; /* seconds of the monotonic clock */
    bool terminal;         /* a bar that redraws itself; else a plain line now and then */
    bool drawn;            /* there is a bar on the terminal's last line */
} Progress;

/* Work that is over within half a second shows nothing. */
void progress_begin(Progress *progress, const char *label);

/* A TbProgress: pass it with a Progress * as context. A NULL context only checks for Ctrl-C. */
bool progress_report(void *progress, double done, const char *what);

/* Clears the bar. */
void progress_end(Progress *progress);

#endif
