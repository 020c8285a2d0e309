/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: the knobs. Density and syncopation change what counts as a hit, the others how it is played. */
#ifndef TIMBREL_RHYTHM_KNOBS_H
#define TIMBREL_RHYTHM_KNOBS_H

#include "timbrel/rhythm.h"

/* The steps of a beat: a quarter note, or three eighths. */
int tbi_rhythm_beat_steps(const TbRhythm *rhythm);

/* How weak a step is in its bar: 0 at the bar line .. 1. */
float tbi_rhythm_weakness(const TbRhythm *rhythm, int step);

/* What is added to the logits of a step's hits. */
float tbi_rhythm_knob_logit(const TbRhythm *rhythm, const double *knob, int step);

/* Swing, dynamics and tightness of the cells where locked is false (NULL: all). */
void tbi_rhythm_knob_play(TbRhythm *rhythm, const double *knob, const bool (*locked)[TB_DRUM_CLASSES]);

#endif
