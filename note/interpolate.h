/* Reading an encoded note between its frames.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_NOTE_INTERPOLATE_H
#define TIMBREL_NOTE_INTERPOLATE_H

#include "timbrel/sound.h"

/* All at frame position p (clamped to the note), linear between frames. */
void note_z(const TbEncodedNote *note, int latent_dim, double p, float *z);
float note_f0(const TbEncodedNote *note, double p);              /* Hz, in log frequency */
float note_loudness(const TbEncodedNote *note, double p);        /* dB */
void note_detail(const TbEncodedNote *note, double p, float *x); /* [TB_FEATURES]; the note must have detail */
/* Loudness in dB and pitch in Hz -> what the decoder is told; the pitch it is told stays within what it has met. */
void make_condition(float f0, float loudness, float *condition);

#endif
