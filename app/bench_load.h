/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the load that `timbrel bench` plays, and its timing. */
#ifndef TIMBREL_APP_BENCH_LOAD_H
#define TIMBREL_APP_BENCH_LOAD_H

#include "timbrel/engine.h"

typedef struct {
    const TbModel *model;
    const TbInstrument *corner[TB_PARTS]; /* pad corners */
    int n_corners;
    double rate;               /* Hz */
    bool reverb, limit, still; /* still: knobs and the pad do not move */
    int voices, block;
    double seconds; /* length of one repetition */
    int plays;      /* repetitions; the minimum time of each block is its cost */
} Load;

/* Shares of a block's period. Every repetition does the same work, so `own` uses each block's minimum processor time;
 * `seen` and `wall` are the worst of all repetitions, including whatever else the machine did. */
typedef struct {
    double mean, p50, p99, p999, worst; /* own */
    double seen, wall;
    double voices; /* mean number of sounding voices, including fading ones */
    size_t blocks;
} LoadTimes;

/* Plays a heavy load: chords that steal voices, sometimes of fifteen notes, key releases, and all knobs, the pad and
 * the pitch wheel moving. */
TB_NODISCARD TbStatus load_play(const Load *load, LoadTimes *times);

/* Latency of notes at many phases of a block: samples from the event's time to the first non-zero sample (minimum and
 * maximum), and the median to the first sample above -40 dB of the peak of its first half second. */
typedef struct {
    int notes;
    double least, most, heard;
    double stated; /* as reported by the engine */
} LoadLatency;
TB_NODISCARD TbStatus load_latency(const Load *load, int notes, LoadLatency *latency);

#endif
