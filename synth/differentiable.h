/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differentiable synthesis for training on raw audio: features of a few frames -> audio, and the gradient back. Runs at
 * the analysis rate with given phases; the output is that of TbSynth for the same features. */
#ifndef TIMBREL_SYNTH_DIFFERENTIABLE_H
#define TIMBREL_SYNTH_DIFFERENTIABLE_H

#include "timbrel/synth.h"

/* Constant inputs that are not features. All pointers are borrowed. */
typedef struct {
    const float *f0;    /* [n_frames] Hz */
    const float *power; /* [n_frames] mean square */
    float inharmonicity;
    const float *ratio;     /* [TB_PARTIALS] log2 */
    const float *gain;      /* [n_frames][TB_GAINS] dB: sub-frame gains of the noise */
    const TbPhases *phases; /* [n_frames] */
    const float *white;     /* [(n_frames + 3) * TB_HOP_SIZE] white noise of variance 1 */
    bool begins;            /* with the first frame of a note: its partials fade in */
} TbChunk;

/* Buffers for chunks of n_frames frames, i.e. (n_frames - 1) * TB_HOP_SIZE samples. One thread at a time. */
typedef struct TbChunkSynth TbChunkSynth;

TB_NODISCARD TbStatus tbi_chunk_synth_new(int n_frames, TbChunkSynth **synth); /* 2 .. 64. OFF */
void tbi_chunk_synth_free(TbChunkSynth *synth);
/* x[n_frames][TB_FEATURES] -> audio[(n_frames - 1) * TB_HOP_SIZE]. `chunk` must live until the backward pass. RT */
void tbi_chunk_forward(TbChunkSynth *synth, const TbChunk *chunk, const float *x, float *audio);
/* Backward pass of the last forward pass: daudio[(n_frames - 1) * TB_HOP_SIZE] = d loss / d audio -> adds d loss / dx
 * to dx[n_frames][TB_FEATURES], for levels only (harmonics, partials, bands). RT */
void tbi_chunk_backward(TbChunkSynth *synth, const float *daudio, float *dx);

#endif
