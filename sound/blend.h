/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixes one frame of a morph. */
#ifndef TIMBREL_SOUND_BLEND_H
#define TIMBREL_SOUND_BLEND_H

#include "timbrel/sound.h"

/* One sound's contribution to a frame. */
typedef struct {
    double weight;
    float level_offset;         /* by how much its frame is louder than the mix, in levels (dB / 100) */
    float x[TB_FEATURES];       /* its features: from detail, or decoded from its latents */
    float decoded[TB_FEATURES]; /* decoded from its latents */
} BlendPart;

/* Mixes parts (weights sum to 1); `joint`: the decoder's output for the mixed latents. out[TB_FEATURES]. RT */
void tbi_blend_frame(const BlendPart *parts, size_t n, const float *joint, float *out);

#endif
