/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests that share the default model: `model`, loaded before them and freed after them. */
#ifndef TIMBREL_TESTS_DEFAULT_MODEL_H
#define TIMBREL_TESTS_DEFAULT_MODEL_H

#include "timbrel/presets.h"

static TbModel *model;

static int default_model_load(void **state) {
    (void)state;
    return tb_default_model(&model) != TB_OK;
}

static int default_model_free(void **state) {
    (void)state;
    tb_model_free(model);
    return 0;
}

#endif
