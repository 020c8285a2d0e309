/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: all suffixes of a text of tokens in order, to find the longest run that another text shares. */
#ifndef TIMBREL_SCORE_SUFFIX_ARRAY_H
#define TIMBREL_SCORE_SUFFIX_ARRAY_H

#include "timbrel/base.h"

/* Tokens are below it; above it are the ends of lines. */
#define TBI_END_TOKEN ((uint64_t)1 << 63)

typedef struct {
    uint64_t *text; /* [n], owned: the lines, each followed by an end that no other line has */
    size_t n, room;
    uint32_t *order; /* [n] where the suffixes begin, in order; NULL: not sorted yet; owned */
    uint64_t *grams; /* a set of bits: hashes of all runs of a few tokens; owned */
} SuffixArray;

/* Appends n tokens and an end. */
TB_NODISCARD TbStatus tbi_suffix_array_add(SuffixArray *a, const uint64_t *tokens, size_t n);
/* Sorts, if tokens were added since (prefix doubling, Manber and Myers 1993; n log^2 n). */
TB_NODISCARD TbStatus tbi_suffix_array_sort(SuffixArray *a);
/* Number of tokens of the longest run that a sorted array shares with another text[n], whose ends are all UINT64_MAX,
 * and where it begins in that text. Takes time in proportion to n, and far less where few tokens are alike. */
size_t tbi_suffix_array_longest(const SuffixArray *a, const uint64_t *text, size_t n, size_t *where);
void tbi_suffix_array_free(SuffixArray *a);

#endif
