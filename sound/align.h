/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time alignment of two notes by landmarks: end of attack, start of release, end. */
#ifndef TIMBREL_SOUND_ALIGN_H
#define TIMBREL_SOUND_ALIGN_H

#include "timbrel/sound.h"

enum { LANDMARKS = 4 }; /* onset, end of attack, start of release, end */

/* In frames from the note's onset, strictly increasing. */
typedef struct {
    double at[LANDMARKS];
} Landmarks;

TB_NODISCARD TbStatus tbi_landmarks_find(const TbEncodedNote *note, Landmarks *landmarks);

/* Maps time t of one note to the corresponding time of another, linear between landmarks. */
double tbi_warp(const Landmarks *from, const Landmarks *to, double t);

/* Merges all notes of a sound into one note on one grid of frames, with silence between them. */
TB_NODISCARD TbStatus tbi_flatten_sound(const TbSound *sound, TbSound *flat);

#endif
