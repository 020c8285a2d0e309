/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lining up two notes: where the attack ends, where the release begins, where it is over. */
#ifndef TIMBREL_SOUND_ALIGN_H
#define TIMBREL_SOUND_ALIGN_H

#include "timbrel/sound.h"

enum { LANDMARKS = 4 }; /* onset, end of attack, beginning of release, end */

/* In frames from the note's onset, strictly rising. */
typedef struct {
    double at[LANDMARKS];
} Landmarks;

TB_NODISCARD TbStatus tbi_landmarks_find(const TbEncodedNote *note, Landmarks *landmarks);

/* Time t of one note -> the same stage of another, linear between landmarks. */
double tbi_warp(const Landmarks *from, const Landmarks *to, double t);

/* All notes of a sound as one note on one grid of frames, silence between them. */
TB_NODISCARD TbStatus tbi_flatten_sound(const TbSound *sound, TbSound *flat);

#endif
