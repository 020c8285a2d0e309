/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/tuning.h"

TbStatus tuning_load(const TuningValues *v, float *tuning, const float **given) {
    *given = v->scale ? tuning : NULL;
    if (v->map && !v->scale)
        return tb_fail(TB_ERR_ARGUMENT, "--keyboard-map says which keys play the scale of --tuning; give both.");
    return v->scale ? tb_tuning_read(v->scale, v->map, tuning) : TB_OK;
}
