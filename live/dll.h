/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of live/: when blocks begin, without the jitter of the calls that ask for them. */
#ifndef TIMBREL_LIVE_DLL_H
#define TIMBREL_LIVE_DLL_H

#include <stdbool.h>
#include <stddef.h>

/* A delay-locked loop (Adriaensen, "Using a DLL to filter time", LAC 2005): it follows the device's own rate, and what
 * arrives between two blocks can be given its place in samples. */
typedef struct {
    bool runs;
    double next;   /* seconds: when the next block should begin */
    double sample; /* seconds that a sample lasts */
} Dll;

void tbi_dll_start(Dll *clock, double sample_rate);
/* A block of n samples was asked for at `now`, seconds of the monotonic clock: when it really begins. After a gap it
 * starts anew. RT */
double tbi_dll_block(Dll *clock, double now, size_t n);
/* Where in a block of n samples that begins at `begin` something is heard that happened at `time`: always one block
 * later, so that it is not moved about; over n - 1 it belongs to a later block, the third one at most: when calls have
 * stood still for a while, the loop takes a second to follow, and notes must not. RT */
size_t tbi_dll_offset(const Dll *clock, double begin, size_t n, double time);

#endif
