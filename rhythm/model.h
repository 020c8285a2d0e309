/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: the members of TbRhythmModel. */
#ifndef TIMBREL_RHYTHM_MODEL_H
#define TIMBREL_RHYTHM_MODEL_H

#include "rhythm/set.h"

struct TbRhythmModel {
    RhythmSizes sizes;
    TbParameters table;
    float *params; /* slab, owned */
};

/* With random weights. OFF */
TB_NODISCARD TbStatus tbi_rhythm_model_new(const RhythmSizes *sizes, uint64_t seed, TbRhythmModel **model);

#endif
