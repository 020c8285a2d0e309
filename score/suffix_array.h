/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: all suffixes of a text of tokens in order, to find the longest run that another text shares. */
#ifndef TIMBREL_SCORE_SUFFIX_ARRAY_H
#define TIMBREL_SCORE_SUFFIX_ARRAY_H

#include "timbrel/base.h"

typedef struct {
    uint64_t *text; /* [n], owned: tokens below 2^63; above it, and each only once, the ends of pieces */
    size_t n, room;
    uint32_t *order; /* [n] where the suffixes begin, in order; NULL: not sorted yet; owned */
} SuffixArray;

/* Appends n tokens and an end. */
TB_NODISCARD TbStatus tbi_suffix_array_add(SuffixArray *a, const uint64_t *tokens, size_t n);
/* Sorts, if tokens were added since (prefix doubling, Manber and Myers 1993; n log^2 n). */
TB_NODISCARD TbStatus tbi_suffix_array_sort(SuffixArray *a);
/* Number of tokens of the longest run of tokens[n] that stands in the text, and where in the text it begins. */
size_t tbi_suffix_array_longest(const SuffixArray *a, const uint64_t *tokens, size_t n, size_t *where);
void tbi_suffix_array_free(SuffixArray *a);

#endif
