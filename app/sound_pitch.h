/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the pitch of an encoded sound, and names of pitches. */
#ifndef TIMBREL_APP_SOUND_PITCH_H
#define TIMBREL_APP_SOUND_PITCH_H

#include "timbrel/sound.h"

/* MIDI pitch: the median over the frames of notes that have a pitch, weighted by their energy. NAN when none has. */
double sound_pitch(const TbSound *sound);

/* Of a frequency in Hz. */
double midi_of_hz(double hz);

/* "A4", "C#3 +14 cents" (cents only when it is off by more than one). */
void pitch_name(double midi_pitch, char *text, size_t size);

#endif
