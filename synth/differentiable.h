/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The synthesis as a function with a gradient: features of a few frames in, audio out, and back. For training on raw
 * audio. At the analysis rate, phases given; what it makes is what TbSynth plays from the same features. */
#ifndef TIMBREL_SYNTH_DIFFERENTIABLE_H
#define TIMBREL_SYNTH_DIFFERENTIABLE_H

#include "timbrel/synth.h"

/* What the features do not say, per frame: constants of the function. */
typedef struct {
    const float *f0;    /* [n_frames] Hz */
    const float *power; /* [n_frames] mean square */
    float inharmonicity;
    const float *ratio;     /* [TB_PARTIALS] log2 */
    const float *gain;      /* [n_frames][TB_GAINS] dB: sub-frame gains of the noise */
    const TbPhases *phases; /* [n_frames] */
    const float *white;     /* [(n_frames + 3) * TB_HOP_SIZE] white noise of variance 1 */
} TbChunk;

/* Scratch for chunks of n_frames frames, (n_frames - 1) * TB_HOP_SIZE samples. One thread at a time. */
typedef struct TbChunkSynth TbChunkSynth;

TB_NODISCARD TbStatus tbi_chunk_synth_new(int n_frames, TbChunkSynth **synth); /* 2 .. 64. OFF */
void tbi_chunk_synth_free(TbChunkSynth *synth);
/* x[n_frames][TB_FEATURES] -> audio[(n_frames - 1) * TB_HOP_SIZE]. `chunk` must live until the backward pass. RT */
void tbi_chunk_forward(TbChunkSynth *synth, const TbChunk *chunk, const float *x, float *audio);
/* Of the last forward: d loss / d audio -> adds d loss / dx (levels only: harmonics, partials, bands). RT */
void tbi_chunk_backward(TbChunkSynth *synth, const float *daudio, float *dx);

#endif
