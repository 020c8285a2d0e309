/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One frame of a morph. */
#ifndef TIMBREL_SOUND_BLEND_H
#define TIMBREL_SOUND_BLEND_H

#include "timbrel/sound.h"

/* What one sound brings to a frame. */
typedef struct {
    double weight;
    float level_offset;         /* by how much its frame is louder than the mix, in levels (dB / 100) */
    float x[TB_FEATURES];       /* its features there: detail, or what its latents decode to */
    float decoded[TB_FEATURES]; /* what its latents decode to */
} BlendPart;

/* Mixes parts (weights sum to 1); `joint`: the decoder's answer to the mixed latents. out[TB_FEATURES]. */
void tbi_blend_frame(const BlendPart *parts, size_t n, const float *joint, float *out);

#endif
