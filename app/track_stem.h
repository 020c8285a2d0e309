/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: renders the notes of a part by themselves. */
#ifndef TIMBREL_APP_TRACK_STEM_H
#define TIMBREL_APP_TRACK_STEM_H

#include "timbrel/engine.h"
#include "timbrel/score.h"

typedef struct {
    const TbModel *model;
    const TbScore *score; /* tidy */
    size_t part;
    const TbInstrument *instrument; /* NULL: drums, from the ... */
    const TbDrum *kit;              /* [128] */
    double sample_rate;
    uint64_t seed;
    bool stereo;      /* keys from left to right, widened by `width`; else one place */
    float width, pan; /* 0 .. 1; -1 (left) .. 1 */
    float send;       /* gain into the room */
    TbProgress progress;
    void *context; /* of progress */
} Stem;

/* Adds the notes to dry[2][n], and as much as goes to the room to send[2][n]. Sample 0 is tick 0. */
TB_NODISCARD TbStatus stem_add(const Stem *stem, float *const dry[2], float *const send[2], size_t n);

#endif
