/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: progress of long work on stderr, and stopping it with Ctrl-C. */
#ifndef TIMBREL_APP_PROGRESS_H
#define TIMBREL_APP_PROGRESS_H

#include "timbrel/base.h"

/* Makes SIGINT, SIGTERM and SIGHUP (a closed terminal) set a flag, after which progress_report returns false; a second
 * signal ends the program at once. */
void progress_catch_signals(void);
bool progress_interrupted(void);

typedef struct {
    const char *label;
    double started, shown; /* seconds of the monotonic clock */
    double until;          /* deadline; 0: none */
    bool terminal;         /* draws a bar; else prints a line now and then */
    bool drawn;            /* a bar is on the terminal's last line */
} Progress;

/* Work shorter than half a second shows nothing. */
void progress_begin(Progress *progress, const char *label);

/* For one part of work with a time budget: shows how much of the budget is spent and left. started, until: monotonic
 * seconds, as from tbi_now(). */
void progress_within(Progress *progress, double started, double until);

/* A TbProgress: pass it with a Progress * as context. A NULL context only checks for Ctrl-C. */
bool progress_report(void *progress, double done, const char *what);

/* Clears the bar. */
void progress_end(Progress *progress);

#endif
