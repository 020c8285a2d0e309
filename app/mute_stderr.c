/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/mute_stderr.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int before = -1; /* the real standard error while muted */

static void mute(void) {
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (before >= 0 && nothing >= 0)
        dup2(nothing, STDERR_FILENO);
    if (nothing >= 0)
        close(nothing);
}

static void restore(void) {
    if (before >= 0) {
        dup2(before, STDERR_FILENO);
        close(before);
    }
    before = -1;
}

void mute_stderr(bool on) {
    fflush(stderr);
    if (on)
        mute();
    else
        restore();
}
