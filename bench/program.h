/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the main functions of measurements: how a program ends that cannot go on. */
#ifndef TIMBREL_BENCH_PROGRAM_H
#define TIMBREL_BENCH_PROGRAM_H

#include "timbrel/base.h"

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with its usage, "NAME ARGUMENTS ...", and exit status 2 if its arguments are wrong. */
static inline void usage_if(bool wrong, const char *usage) {
    if (wrong) {
        fprintf(stderr, "usage: %s\n", usage);
        exit(2);
    }
}

/* Ends the program with the error, if there is one, and exit status 1. */
static inline void need(TbStatus status) {
    if (status) {
        fprintf(stderr, "%s\n", tb_error_text(status));
        exit(1);
    }
}

#endif
