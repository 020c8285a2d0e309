/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel bench` prints. */
#ifndef TIMBREL_APP_BENCH_REPORT_H
#define TIMBREL_APP_BENCH_REPORT_H

#include "app/bench_parts.h"

/* Results for one block size. */
typedef struct {
    int block, voices;
    LoadTimes times; /* number of voices */
    int most;        /* most voices whose worst block stays under the share; 0: none */
    double most_worst;
} BenchRow;

typedef struct {
    const Load *load;
    double share; /* limit of a block, as a share of its period */
    int n_rows;
    const BenchRow *rows;
    LoadLatency latency;
    Parts parts;
    Bounds bounds;
} Bench;

void bench_text_head(const Bench *bench);
void bench_text_row(const BenchRow *row);
void bench_text_rest(const Bench *bench);
TB_NODISCARD TbStatus bench_json(const Bench *bench);

#endif
