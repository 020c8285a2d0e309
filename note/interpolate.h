/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interpolates an encoded note between its frames. */
#ifndef TIMBREL_NOTE_INTERPOLATE_H
#define TIMBREL_NOTE_INTERPOLATE_H

#include "timbrel/note.h"

/* All functions: at frame position p (clamped to the note), linear between frames. */
void tbi_note_z(const TbEncodedNote *note, int latent_dim, double p, float *z);
float tbi_note_f0(const TbEncodedNote *note, double p);              /* Hz, in log frequency */
float tbi_note_loudness(const TbEncodedNote *note, double p);        /* dB */
void tbi_note_detail(const TbEncodedNote *note, double p, float *x); /* [TB_FEATURES]; the note must have detail */
/* Loudness in dB and pitch in Hz -> the decoder's condition; the pitch is clamped to the range of the training data. */
void tbi_note_frame_condition(float f0, float loudness, float *condition);

#endif
