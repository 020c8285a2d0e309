/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of instrument/: what knobs do to a note beside changing its code. The network hears a note as a whole; where
 * it answers a knob too weakly, or a note has too little of something, the playing helps. All RT. */
#ifndef TIMBREL_INSTRUMENT_KNOB_MODULATION_H
#define TIMBREL_INSTRUMENT_KNOB_MODULATION_H

#include "instrument/recorded_layer.h"
#include "note/note.h"

/* How far a knob has been turned, by the player and in the instruments themselves: standard deviations, -4 .. 4. */
float tbi_knob_amount(const TbPlayedNote *note, int knob);
/* Where in its course a note stands at frame t: its beginning goes slower or faster. slower: as turned() of the attack;
 * the network's mean of many attacks is longer than each of them, and is helped on in any case. */
float tbi_knob_attack_warp(const TbPlayedNote *note, float t, float slower);
/* dB by which a slower attack lowers what begins at full level, at a frame. */
float tbi_knob_attack_gain(float frame, float slower);
/* dB by which a held note stands higher or lower when its decay was turned. position: as tbi_knob_attack_warp says. */
float tbi_knob_decay_gain(const TbPlayedNote *note, int latent, float position);
/* The next frame of vibrato and flicker -> x[channels]. Recordings bring their own, unless the knob asks for more. */
void tbi_knob_vibrato(TbPlayedNote *note, int latent, float of_recordings, float *x);

#endif
