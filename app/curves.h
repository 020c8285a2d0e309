/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the curves that a picture shows beside a sound: pitch, loudness and latents over time. */
#ifndef TIMBREL_APP_CURVES_H
#define TIMBREL_APP_CURVES_H

#include "timbrel/plot.h"
#include "timbrel/sound.h"

typedef struct {
    TbCurves curves; /* points into what follows */
    float *f0, *loudness, *latents;
} SoundCurves;

/* Of a whole encoded sound: its notes on one time axis, nothing where there is none. */
TB_NODISCARD TbStatus curves_new(const TbSound *sound, SoundCurves *curves);
void curves_free(SoundCurves *curves);

#endif
