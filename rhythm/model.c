/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rhythm/model.h"
#include "base/no_memory.h"

#include <stdlib.h>

TbStatus tbi_rhythm_model_new(const RhythmSizes *sizes, uint64_t seed, TbRhythmModel **result) {
    TbRhythmModel *model = *result = calloc(1, sizeof *model);
    if (model) {
        model->sizes = *sizes;
        model->params = tbi_floats_new(tbi_rhythm_parameters(sizes, &model->table));
    }
    if (!model || !model->params) {
        free(model);
        *result = NULL;
        return tbi_no_memory("for a model of rhythms");
    }
    tbi_rhythm_initialise(sizes, seed, model->params);
    return TB_OK;
}

void tb_rhythm_model_free(TbRhythmModel *model) {
    if (model)
        free(model->params);
    free(model);
}
