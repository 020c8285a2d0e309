/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: the members of TbRhythmModel. */
#ifndef TIMBREL_RHYTHM_MODEL_H
#define TIMBREL_RHYTHM_MODEL_H

#include "rhythm/model_kind.h"
#include "rhythm/set.h"

enum {
    RHYTHM_CENTRES = 256,
    RHYTHM_KINDS = TB_RHYTHM_STYLES + 1, /* each style, and all patterns whose bars are not of 16 steps */
    RHYTHM_OTHER_METRES = TB_RHYTHM_STYLES,
};

/* What was measured on the patterns learned from. Arrays are parts of one slab of `table`. */
typedef struct {
    TbParameters table;
    float *slab;
    float *mean;   /* [TB_RHYTHM_STYLES][latent]: of z in each style */
    float *centre; /* [RHYTHM_CENTRES][latent]: of the clusters of z */
    float *share;  /* [RHYTHM_KINDS][RHYTHM_CENTRES]: of the patterns of a kind in each cluster; their sum is 1 */
    float *factor; /* [latent][latent]: lower triangle whose product with its transpose is the covariance of z around
                      its centre */
    float *velocity, *offset; /* [TB_DRUM_CLASSES]: standard deviations of what the decoder leaves unexplained */
    float *threshold, *early; /* [1]: a logit above it is a hit; mean offset of the hits */
} RhythmFacts;

struct TbRhythmModel {
    TbArena memory; /* first: tbi_arena_free_owner */
    RhythmSizes sizes;
    TbParameters table;
    float *params; /* slab */
    RhythmFacts facts;
};

/* With weights of 0, and facts that fit none. OFF */
TB_NODISCARD TbStatus tbi_rhythm_model_new(const RhythmSizes *sizes, TbRhythmModel **model);

/* Measures the facts. The threshold is that of the best F1 on held-out patterns. OFF */
TB_NODISCARD TbStatus tbi_rhythm_measure_facts(TbRhythmModel *model, const TbRhythmSet *set);

#endif
