/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One frame of a morph. */
#ifndef TIMBREL_SOUND_MORPH_FRAME_H
#define TIMBREL_SOUND_MORPH_FRAME_H

#include "sound/align.h"

#define MORPH_FLOOR_DB -100.0f /* silence */

/* One note of each sound, lined up. */
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

/* Frame at time t (frames from the onset, on the target's landmarks) of the morph. */
TB_NODISCARD TbStatus tbi_morph_frame(const TbModel *model, const MorphNotes *m, const MorphWeights *w, double t,
                                      TbFrame *frame);

#endif
