/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: which sound is compared with which. */
#ifndef TIMBREL_APP_PAIRS_H
#define TIMBREL_APP_PAIRS_H

#include "timbrel/measure.h"

typedef struct {
    char *name;             /* what the report calls it: the reference's file name */
    char *reference, *test; /* paths */
    double midi_pitch;      /* from the file name; negative: not told */
    bool pitched;           /* false for drums */
    TbComparison result;
} Pair;

typedef struct {
    Pair *items;
    size_t n;
    char **missing; /* references that the test folder has no sound for */
    size_t n_missing;
} Pairs;

/* Two files make one pair, two folders one for each name that both hold (another ending will do: a.wav, a.flac).
 * Fails with a sentence when nothing matches. */
TB_NODISCARD TbStatus pairs_find(const char *reference, const char *test, Pairs *pairs);
void pairs_free(Pairs *pairs);

/* Reads a sound and brings it to the rate that comparisons work at, 44.1 kHz. */
TB_NODISCARD TbStatus read_for_comparison(const char *path, TbAudio *audio);

/* Fills in pair->result. */
TB_NODISCARD TbStatus pair_compare(Pair *pair);

/* Mean, median and count of the finite values of metric i. NAN when there is none. */
typedef struct {
    double mean, median;
    size_t n;
} Summary;
TB_NODISCARD TbStatus pairs_summary(const Pairs *pairs, size_t metric, Summary *summary);

#endif
