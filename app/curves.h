/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: curves drawn with a sound: pitch, loudness and latents over time. */
#ifndef TIMBREL_APP_CURVES_H
#define TIMBREL_APP_CURVES_H

#include "timbrel/plot.h"
#include "timbrel/sound.h"

typedef struct {
    TbCurves curves; /* points into the arrays below */
    float *f0, *loudness, *latents;
} SoundCurves;

/* For a whole encoded sound: all notes on one time axis, with gaps between them. */
TB_NODISCARD TbStatus curves_new(const TbSound *sound, SoundCurves *curves);
void curves_free(SoundCurves *curves);

#endif
