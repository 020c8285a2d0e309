/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "timbrel/compose.h"

void tb_music_models_free(TbMusicModels *models) {
    if (!models)
        return;
    tb_rhythm_model_free(models->rhythm);
    tb_melody_model_free(models->melody);
    memset(models, 0, sizeof *models);
}
