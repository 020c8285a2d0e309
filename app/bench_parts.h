/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: where the time goes that `timbrel bench` measures, and how fast this machine could be. */
#ifndef TIMBREL_APP_BENCH_PARTS_H
#define TIMBREL_APP_BENCH_PARTS_H

#include "app/bench_load.h"

/* Seconds of processor time for a second of sound with load->voices voices, each part run on its own. */
typedef struct {
    double notes;   /* the network of notes, asked anew at every frame, as moving knobs do */
    double decoder; /* the decoder of frames */
    double frames;  /* other work on frames */
    double tone, noise;
    double room; /* reverb and limiter */
    double rest; /* of the whole: gains, sums, notes that begin, and what parts cost more when they alternate */
    double whole;
} Parts;

/* What a second of sound takes of the machine, and what one core of the machine gives. */
typedef struct {
    double bytes, bytes_limit;       /* weights of networks read in a second */
    double products, products_limit; /* multiply-adds in a second: networks, oscillators, Fourier transforms */
    double network_products;         /* those of networks alone */
    double cached;                   /* bytes: the weights of both networks together */
} Bounds;

/* Differences of times that were measured one after another: none is less than nothing, and together they are the
 * whole. Parts that take longer on their own than in the whole are scaled to fit; `rest` is what they leave. */
void parts_settle(Parts *parts);

TB_NODISCARD TbStatus parts_measure(const Load *load, Parts *parts, Bounds *bounds);

#endif
