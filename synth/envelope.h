/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The course of a note in time, and what of it is heard: shared by the files that measure perceptual attributes. */
#ifndef TIMBREL_SYNTH_ENVELOPE_H
#define TIMBREL_SYNTH_ENVELOPE_H

#include "timbrel/synth.h"

#define HEARD_DB 60.0f /* what lies further below the loudest is not heard */

typedef struct {
    size_t n;        /* frames up to the last one that is heard */
    float *loudness; /* [n] weight of each frame: its power to 0.3, as loudness in sones grows; 0 if not heard. Owned */
    float *level;    /* [n] dB, not under what is heard. Owned */
    float attack;    /* s: from 10 % to 90 % of the amplitude */
    float slope;     /* dB per s: of the level while the note is held */
    size_t from, to; /* frames between the attack and the release; from < to */
} Envelope;

/* *heard is false if nothing is; then, and after an error, there is nothing to free. */
TB_NODISCARD TbStatus tbi_envelope_new(const TbNote *note, Envelope *envelope, bool *heard);
void tbi_envelope_free(Envelope *envelope);

/* Mean square of the harmonics and free partials of a frame, and of its noise: of its bands times its gains. */
float tbi_tonal_power(const TbFrame *frame);
float tbi_noise_power(const TbFrame *frame);
float tbi_noise_gain(const TbFrame *frame);

/* Depth of what moves at 1 .. 12 Hz while the note is held, in dB. */
TB_NODISCARD TbStatus tbi_modulation_depth(const TbNote *note, const Envelope *envelope, float *movement);

#endif
