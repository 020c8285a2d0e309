/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Piano rolls in the text form of the benchmark: a line `SPLIT INDEX T` (SPLIT: train, valid or test), then T lines
 * with the MIDI numbers 21..108 that sound in each frame. OFF. */
#ifndef TIMBREL_BENCH_PIANO_ROLLS_H
#define TIMBREL_BENCH_PIANO_ROLLS_H

#include "timbrel/base.h"

enum { KEYS = 88, LOWEST_KEY = 21 };
typedef enum { TRAIN, VALID, TEST, SPLITS } Split;

/* Frame t sounds the keys note[start[t]] .. note[start[t + 1] - 1], 0..87, rising. */
typedef struct {
    Split split;
    size_t n_frames, *start; /* [n_frames + 1], owned */
    uint8_t *note;           /* owned */
} Roll;

typedef struct {
    Roll *roll; /* [n], owned */
    size_t n;
} Rolls;

TB_NODISCARD TbStatus rolls_read(const char *path, Rolls *rolls);
void rolls_free(Rolls *rolls);

#endif
