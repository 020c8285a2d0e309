/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: a profile of what `timbrel bench` measures, and the limits of the machine. */
#ifndef TIMBREL_APP_BENCH_PARTS_H
#define TIMBREL_APP_BENCH_PARTS_H

#include "app/bench_load.h"

/* Processor seconds per second of sound with load->voices voices, each part measured on its own. */
typedef struct {
    double notes;   /* note network, run at every frame as if knobs move */
    double decoder; /* frame decoder */
    double frames;  /* other work per frame */
    double tone, noise;
    double room; /* reverb and limiter */
    double rest; /* remainder: gains, mixing, note starts, cache misses when parts alternate */
    double whole;
} Parts;

/* What a second of sound needs, and what one core provides. */
typedef struct {
    double bytes, bytes_limit;       /* bytes of network weights read per second */
    double products, products_limit; /* multiply-adds per second: networks, oscillators, FFTs */
    double network_products;         /* those of the networks */
    double cached;                   /* bytes: weights of both networks */
} Bounds;

/* Makes parts that were measured separately consistent: none is negative, and they add up to the total. Parts whose sum
 * exceeds the total are scaled to fit; `rest` is the remainder. */
void parts_settle(Parts *parts);

TB_NODISCARD TbStatus parts_measure(const Load *load, Parts *parts, Bounds *bounds);

#endif
