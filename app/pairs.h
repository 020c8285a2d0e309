/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: pairs of sounds to compare. */
#ifndef TIMBREL_APP_PAIRS_H
#define TIMBREL_APP_PAIRS_H

#include "timbrel/measure.h"

typedef struct {
    char *name;             /* name in the report: the reference's file name */
    char *reference, *test; /* paths */
    double midi_pitch;      /* from the file name; negative: unknown */
    bool pitched;           /* false for drums */
    TbComparison result;
} Pair;

typedef struct {
    Pair *items;
    size_t n;
    char **missing; /* references without a counterpart */
    size_t n_missing;
    size_t n_failed; /* taken away by pairs_drop */
} Pairs;

/* Two files make one pair, two folders one for each name that both hold (another ending will do: a.wav, a.flac).
 * Fails with a sentence when nothing matches. */
TB_NODISCARD TbStatus pairs_find(const char *reference, const char *test, Pairs *pairs);
void pairs_free(Pairs *pairs);

/* Reads both sounds and resamples them to the rate of comparisons, 44.1 kHz. On success the caller frees both. */
TB_NODISCARD TbStatus pair_read(const Pair *pair, TbAudio *reference, TbAudio *test);

/* Takes away a pair that cannot be compared. */
void pairs_drop(Pairs *pairs, size_t i);

/* Sets pair->result. */
TB_NODISCARD TbStatus pair_compare(Pair *pair);

/* Mean, median and count of the finite values of metric i; NAN if there is none. */
typedef struct {
    double mean, median;
    size_t n;
} Summary;
TB_NODISCARD TbStatus pairs_summary(const Pairs *pairs, size_t metric, Summary *summary);

#endif
