/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: how far long work has come, on stderr; and stopping it with Ctrl-C. */
#ifndef TIMBREL_APP_PROGRESS_H
#define TIMBREL_APP_PROGRESS_H

#include "timbrel/base.h"

/* From now on SIGINT and SIGTERM only set a flag, which makes progress_report return false; the second one ends the
 * program at once. */
void progress_catch_signals(void);
bool progress_interrupted(void);

typedef struct {
    const char *label;
    double started, shown; /* seconds of the monotonic clock */
    double until;          /* when it will be over, whatever is done by then; 0: not known */
    bool terminal;         /* a bar that redraws itself; else a plain line now and then */
    bool drawn;            /* there is a bar on the terminal's last line */
} Progress;

/* Work that is over within half a second shows nothing. */
void progress_begin(Progress *progress, const char *label);

/* Work that is a part of something with a budget: what is shown is how much of that is spent, and what is left of it.
 * started, until: seconds of the monotonic clock, as progress_now() tells them. */
void progress_within(Progress *progress, double started, double until);
double progress_now(void);

/* A TbProgress: pass it with a Progress * as context. A NULL context only checks for Ctrl-C. */
bool progress_report(void *progress, double done, const char *what);

/* Clears the bar. */
void progress_end(Progress *progress);

#endif
