/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to live/: start times of blocks without the jitter of the callbacks. */
#ifndef TIMBREL_LIVE_DLL_H
#define TIMBREL_LIVE_DLL_H

#include <stdbool.h>
#include <stddef.h>

/* A delay-locked loop (Adriaensen, "Using a DLL to filter time", LAC 2005): it tracks the device's actual rate and
 * gives a position in samples to events that arrive between blocks. */
typedef struct {
    bool runs;
    double next;   /* seconds: predicted start of the next block */
    double sample; /* duration of a sample in seconds */
} Dll;

void tbi_dll_start(Dll *clock, double sample_rate);
/* A block of n samples was requested at `now`, in seconds of the monotonic clock; returns its filtered start time.
 * Restarts after a gap. RT */
double tbi_dll_block(Dll *clock, double now, size_t n);
/* The position, in the block of n samples that starts at `begin`, of an event at `time`. Events are delayed by one
 * block, so that their spacing is kept. A result over n - 1 belongs to a later block, at most the third after this:
 * after callbacks have stalled, the loop takes a second to settle, and notes must not wait for it. RT */
size_t tbi_dll_offset(const Dll *clock, double begin, size_t n, double time);

#endif
