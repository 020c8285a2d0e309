/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: chords by the facts of a model. */
#ifndef TIMBREL_MELODY_HARMONY_H
#define TIMBREL_MELODY_HARMONY_H

#include "melody/model.h"

/* Fills chords[n_bars]: one for each bar, with cadences at the ends of phrases, from the tonic to the tonic; a bar that
 * returns gets the chord of the bar that it returns, but for the last one. Chords follow each other as in the melodies
 * that the model learned from: a Markov chain, drawn given all that is wanted of later bars (forward filtering,
 * backward sampling, with time reversed: Fruehwirth-Schnatter 1994). Bars with the chord of the bar before do not
 * count: n_chords is set. OFF */
TB_NODISCARD TbStatus tbi_melody_draw_chords(const TbMelodyModel *model, TbMelody *melody, const uint8_t *lag,
                                             uint64_t seed);

#endif
