/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel bench` plays, and how long it takes. */
#ifndef TIMBREL_APP_BENCH_LOAD_H
#define TIMBREL_APP_BENCH_LOAD_H

#include "timbrel/engine.h"

typedef struct {
    const TbModel *model;
    const TbInstrument *corner[TB_PARTS]; /* of the pad */
    int n_corners;
    double rate;               /* Hz */
    bool reverb, limit, still; /* still: knobs and the pad do not move */
    int voices, block;
    double seconds; /* of sound in one play */
    int plays;      /* of the same sound: the least time of a block is what it costs */
} Load;

/* Shares of a block's period. The same sound takes the same work each time: `own` is of each block's least processor
 * time, `seen` and `wall` are the worst of all plays, with whatever else the machine did. */
typedef struct {
    double mean, p50, p99, p999, worst; /* own */
    double seen, wall;
    double voices; /* that sounded, in the mean, with those that fade */
    size_t blocks;
} LoadTimes;

/* Plays a hard piece: chords that take the voices of others away, sometimes of fifteen notes at once, keys let go, all
 * knobs, the pad and the pitch wheel moving. */
TB_NODISCARD TbStatus load_play(const Load *load, LoadTimes *times);

/* Notes struck at many moments: samples from the stamp to the first sample that is not zero (least and most), and the
 * median to the first one over a hundredth (-40 dB) of the peak of its first half second. */
typedef struct {
    int notes;
    double least, most, heard;
    double stated; /* what the engine says */
} LoadLatency;
TB_NODISCARD TbStatus load_latency(const Load *load, int notes, LoadLatency *latency);

double load_cpu_now(void); /* seconds of this thread's processor time */

#endif
