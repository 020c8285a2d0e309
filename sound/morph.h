/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by morph.c and perceptual_spacing.c. */
#ifndef TIMBREL_SOUND_MORPH_H
#define TIMBREL_SOUND_MORPH_H

#include "sound/align.h"

/* One note of each sound, aligned. */
typedef struct {
    size_t n;
    int latent_dim;
    const TbEncodedNote *notes[TB_MORPH_MAX];
    Landmarks marks[TB_MORPH_MAX];
    Landmarks target; /* of the morph */
} MorphNotes;

typedef struct {
    double timbre[TB_MORPH_MAX], pitch[TB_MORPH_MAX], loudness[TB_MORPH_MAX];
} MorphWeights;

/* Frame of the morph at time t (frames from the onset, on the target's landmarks). */
TB_NODISCARD TbStatus tbi_morph_frame(const TbModel *model, const MorphNotes *m, const MorphWeights *w, double t,
                                      TbFrame *frame);

#endif
