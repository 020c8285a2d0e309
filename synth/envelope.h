/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The envelope of a note and the loudness of its frames, for the files that measure perceptual attributes. OFF. */
#ifndef TIMBREL_SYNTH_ENVELOPE_H
#define TIMBREL_SYNTH_ENVELOPE_H

#include "timbrel/synth.h"

#define AUDIBLE_DB 60.0f /* further below the loudest, a frame or component counts as inaudible */

typedef struct {
    size_t n;        /* frames up to the last audible one */
    float *loudness; /* [n] (power / loudest)^0.3, the growth of loudness in sones; 0 if inaudible. Owned */
    float *level;    /* [n] dB, clamped to the threshold of audibility. Owned */
    float attack;    /* s: rise from 10 % to 90 % of the amplitude */
    float slope;     /* dB/s: of the level while the note is held */
    size_t from, to; /* frames from .. to - 1 are held: after the attack, before the release; from < to */
} Envelope;

/* *audible is false for silence; then, and after an error, there is nothing to free. */
TB_NODISCARD TbStatus tbi_envelope_new(const TbNote *note, Envelope *envelope, bool *audible);
void tbi_envelope_free(Envelope *envelope);

/* Mean square of a frame's harmonics and free partials; mean square of its noise, bands times gain; mean power gain of
 * the noise. */
float tbi_tonal_power(const TbFrame *frame);
float tbi_noise_power(const TbFrame *frame);
float tbi_noise_gain(const TbFrame *frame);

/* Scales a frame's amplitudes by `gain`. */
void tbi_frame_scale(TbFrame *frame, float gain);

/* Depth in dB of modulations at 1 .. 12 Hz (tremolo, vibrato, beating) while the note is held. */
TB_NODISCARD TbStatus tbi_modulation_depth(const TbNote *note, const Envelope *envelope, float *movement);

#endif
