/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: chords by the facts of a model. */
#ifndef TIMBREL_MELODY_HARMONY_H
#define TIMBREL_MELODY_HARMONY_H

#include "melody/model.h"

/* Fills chords[n_bars]: one for each bar, from the tonic to the tonic, but a bar that returns gets the chord of the
 * bar that it returns. Bars with the chord of the bar before do not count: n_chords is set. RT */
void tbi_melody_draw_chords(const TbMelodyModel *model, TbMelody *melody, const uint8_t *lag, uint64_t seed);

#endif
