/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the pitch of an encoded sound, and names of pitches. */
#ifndef TIMBREL_APP_SOUND_PITCH_H
#define TIMBREL_APP_SOUND_PITCH_H

#include "timbrel/sound.h"

/* MIDI pitch: energy-weighted median over pitched frames; NAN if there are none. */
double sound_pitch(const TbSound *sound);

/* MIDI pitch of a frequency in Hz. */
double midi_of_hz(double hz);

/* "A4", "C#3 +14 cents" (cents only if off by more than one). */
void pitch_name(double midi_pitch, char *text, size_t size);

#endif
