/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of smoothness: the default model without any random or periodic modulation: its sounds are harmonics
 * alone, without noise, free partials, vibrato or flicker. Any other component of the output then comes from control
 * changes. */
#ifndef TIMBREL_TESTS_STILL_MODEL_H
#define TIMBREL_TESTS_STILL_MODEL_H

#include "note/note.h"
#include "timbrel/presets.h"
#include "timbrel/sound.h"

#include <stdlib.h>

/* Makes outputs first .. end - 1 of a decoder constant at `value`. */
static inline void still_outputs(TbVae *vae, int first, int end, float value) {
    const TbTensor *bias = tb_vae_tensor(vae, tb_vae_n_tensors(vae) - 1), *weight = bias - 1;
    float *b = tb_vae_params(vae) + bias->offset, *w = tb_vae_params(vae) + weight->offset;
    for (int row = first; row < end; row++) {
        b[row] = value;
        for (size_t k = 0; k < weight->cols; k++)
            w[(size_t)row * weight->cols + k] = 0;
    }
}

static inline TbStatus still_model_new(TbModel **model) {
    TbModel *whole = NULL;
    TbVae *frames = NULL;
    *model = NULL;
    TbStatus status = tb_default_model(&whole);
    status = status == TB_OK ? tb_vae_clone(tb_model_vae(whole), &frames) : status;
    TbNoteModel *notes = status == TB_OK ? malloc(sizeof *notes) : NULL;
    if (!notes)
        return status ? status : TB_ERR_NO_MEMORY;
    int latent = tb_vae_config(frames)->latent_dim, width = note_channels(latent);
    still_outputs(frames, TB_FEATURE_PARTIAL, TB_FEATURE_RATIO, 0);
    still_outputs(frames, TB_FEATURE_BAND, TB_FEATURES, 0);
    *notes = *tb_model_notes(whole);
    status = tb_vae_clone(tb_model_notes(whole)->net, &notes->net);
    for (int m = 0; status == TB_OK && m < NOTE_MOD_POINTS; m++) {
        int move = note_table_modulation(latent) + 3 * m * width;
        still_outputs(notes->net, move, move + 2 * width, 0);
        still_outputs(notes->net, move + 2 * width, move + 3 * width, -20);
    }
    status = status == TB_OK ? tb_model_new(frames, NULL, model) : status;
    status = status == TB_OK ? tb_model_set_notes(*model, notes) : status;
    tb_model_free(whole);
    return status;
}

#endif
