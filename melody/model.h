/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the members of TbMelodyModel. */
#ifndef TIMBREL_MELODY_MODEL_H
#define TIMBREL_MELODY_MODEL_H

#include "melody/model_kind.h"
#include "melody/network.h"
#include "melody/set.h"

enum { MELODY_BANK = 192 /* melodies whose latent vectors are remembered */ };

/* What was counted in the melodies learned from. Arrays are parts of one slab of `table`. */
typedef struct {
    TbParameters table;
    float *slab;
    float *lags;    /* of melody/plan.h, as shares of each row */
    float *chords;  /* [MELODY_CHORDS][MELODY_CHORDS]: the share of each chord after each */
    float *notes;   /* [MELODY_KINDS][12]: the share of time that each pitch class above the root has */
    float *density; /* [MELODY_METRES][2]: notes a bar, not counting empty ones: 4 in 5 melodies have more, less */
    float *phrases; /* [MELODY_BANK][MELODY_LATENT]: the mean latent vector of some melodies, ... */
    float *metres;  /* [MELODY_BANK]: ... and the class of their metre; all 0 if there are none */
    float *spread;  /* [MELODY_LATENT]: the deviation of a melody's phrases from its mean */
} MelodyFacts;

struct TbMelodyModel {
    TbArena memory; /* first: tbi_arena_free_owner */
    MelodySizes sizes;
    MelodyLayout at;
    float *params; /* slab of at.table */
    MelodyFacts facts;
};

/* With weights of 0, and facts of 0. OFF */
TB_NODISCARD TbStatus tbi_melody_model_new(const MelodySizes *sizes, TbMelodyModel **model);

/* Counts the facts in the set, and chords in `also`, too, which may be NULL. OFF */
TB_NODISCARD TbStatus tbi_melody_count_facts(TbMelodyModel *model, const TbMelodySet *set, const TbMelodySet *also);

#endif
