/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to instrument/: effects of knobs beyond changing the code. The network models the note as a whole; where
 * it responds too weakly to a knob, or a note has too little of a property, the modulation is applied at playback.
 * All RT. */
#ifndef TIMBREL_INSTRUMENT_KNOB_MODULATION_H
#define TIMBREL_INSTRUMENT_KNOB_MODULATION_H

#include "instrument/recorded_layer.h"
#include "note/note.h"

/* Total offset of a knob, from the player and from the instruments: standard deviations, -4 .. 4. */
float tbi_knob_amount(const TbPlayedNote *note, int knob);
/* The position in the trajectory at frame t: the beginning is played slower or faster. slower: tbi_knob_amount of
 * the attack knob. The network's mean attack is longer than each real one, and is always sped up. */
float tbi_knob_attack_warp(const TbPlayedNote *note, float t, float slower);
/* dB by which a slower attack attenuates a frame, for notes that start at full level. */
float tbi_knob_attack_gain(float frame, float slower);
/* dB by which the decay knob changes the level of a held note. position: from tbi_knob_attack_warp. */
float tbi_knob_decay_gain(const TbPlayedNote *note, int latent, float position);
/* The next frame of vibrato and flicker -> x[channels]. Recordings have their own; only an increase by the knob is
 * added. */
void tbi_knob_vibrato(TbPlayedNote *note, int latent, float of_recordings, float *x);

#endif
