/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the latent vectors of the phrases of a melody that is to be written. All are
 * [tbi_melody_phrases(n_bars)][MELODY_LATENT]. */
#ifndef TIMBREL_MELODY_PHRASES_H
#define TIMBREL_MELODY_PHRASES_H

#include "melody/model.h"

/* Phrases of a melody of so many bars, at most. */
static inline size_t tbi_melody_phrases(int32_t n_bars) {
    return (size_t)n_bars / MELODY_PHRASE_BARS + 1;
}

/* As in one melody that the model was learned from, of this metre if there is any: each phrase a little different. RT
 */
void tbi_melody_draw_phrases(const TbMelodyModel *model, int numerator, int denominator, size_t n, TbRng *rng,
                             float *z);

/* The means of the phrases of a melody. OFF */
TB_NODISCARD TbStatus tbi_melody_phrases_of(const TbMelodyModel *model, const TbMelody *melody, float *z);

/* z[n]: t = 0: a, 1: b; between them on the arc of the great circle through both, and of the lengths between theirs
 * (slerp: Shoemake 1985). RT */
void tbi_melody_mix_phrases(const float *a, const float *b, size_t n, double t, float *z);

#endif
