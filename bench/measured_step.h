/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The speed of a training step: what the programs that measure one share. */
#ifndef TIMBREL_BENCH_MEASURED_STEP_H
#define TIMBREL_BENCH_MEASURED_STEP_H

#include "base/arena.h"
#include "timbrel/base.h"

typedef struct {
    void *context;                      /* zeroed; passed to each function */
    TbStatus (*make)(void *context);    /* once the number of threads is set */
    void (*step)(void *context, int i); /* the i-th step from 0 */
    void (*release)(void *context);     /* also after `make` failed */
    int rows;                           /* of a batch: frames or tokens */
    int warm_up;                        /* steps before the clock starts */
} MeasuredStep;

/* The main function of such a program. Its arguments are THREADS SECONDS; it prints the rows per second of all steps
 * and those of the fastest step. Returns the exit code. */
int measure_step(int argc, char **argv, const MeasuredStep *measured);

/* n values, each one from(rng), in `memory`; NULL if it fails. */
float *drawn(TbArena *memory, TbRng *rng, size_t n, float (*from)(TbRng *));

#endif
