// SPDX-License-Identifier: GPL-3.0-or-later
#include "live/quiet.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int quiet_begin(void) {
    fflush(stderr);
    int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (before >= 0 && nothing >= 0) {
        dup2(nothing, STDERR_FILENO);
    }
    if (nothing >= 0) {
        close(nothing);
    }
    return before;
}

void quiet_end(int before) {
    if (before >= 0) {
        fflush(stderr);
        dup2(before, STDERR_FILENO);
        close(before);
    }
}
