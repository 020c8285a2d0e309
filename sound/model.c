/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models: a network and the columns it was trained on; their files are in model_file.c. */
#include "base/no_memory.h"
#include "note/note.h"
#include "sound/infer_latents.h"
#include "timbrel/sound.h"
#include "vae/training.h"

#include <stdlib.h>
#include <string.h>

struct TbModel {
    TbVae *vae;
    TbVaeDecoder *decoder; /* packed for playing */
    char *facts;
    TbNoteModel *notes; /* NULL: none */
    TbVaeDecoder *note_decoder;
    uint64_t fingerprint;
};

const TbColumns *tbi_model_columns(size_t *n_columns) {
    static const TbColumns columns[] = {
        {"harmonics", TB_COLUMN_LEVEL, TB_FEATURE_HARMONIC, TB_HARMONICS, 1.0f, 0},
        {"partials", TB_COLUMN_LEVEL, TB_FEATURE_PARTIAL, TB_PARTIALS, 0.5f, 0},
        {"ratios", TB_COLUMN_WEIGHTED, TB_FEATURE_RATIO, TB_PARTIALS, 0.05f, 1},
        {"noise", TB_COLUMN_LEVEL, TB_FEATURE_BAND, TB_BANDS, 1.0f, 0},
        {"gains", TB_COLUMN_PLAIN, TB_FEATURE_GAIN, TB_GAINS, 0.05f, 0},
        {"inharmonicity", TB_COLUMN_PLAIN, TB_FEATURE_INHARMONICITY, 1, 0.05f, 0},
    };
    *n_columns = sizeof columns / sizeof *columns;
    return columns;
}

float *tbi_model_weights(const TbModel *model) {
    return tb_vae_params(model->vae);
}

void tbi_model_input(const TbFrame *frame, float *x) {
    tb_frame_to_features(frame, x);
    for (int k = 0; k < TB_PARTIALS; k++) { /* the ratio of a nearly silent partial is arbitrary */
        float level = 3 * x[TB_FEATURE_PARTIAL + k];
        x[TB_FEATURE_RATIO + k] *= level < 1 ? level : 1;
    }
    tb_frame_to_condition(frame, x + TB_FEATURES);
}

TbVaeConfig tb_model_config(void) {
    return (TbVaeConfig){.input_dim = TB_MODEL_INPUTS,
                         .condition_dim = TB_CONDITIONS,
                         .latent_dim = 32,
                         .output_dim = TB_FEATURES,
                         .encoder_width = 512,
                         .encoder_layers = 2,
                         .decoder_width = 512,
                         .decoder_layers = 2};
}

/* FNV-1a over the weights. */
static uint64_t fingerprint(const TbVae *vae) {
    const unsigned char *p = (const unsigned char *)tb_vae_params((TbVae *)(uintptr_t)vae);
    size_t n = tb_vae_n_params(vae) * sizeof(float);
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 1099511628211u;
    return h;
}

TbStatus tb_model_new(TbVae *vae, const char *facts_json, TbModel **model) {
    *model = calloc(1, sizeof **model);
    char *facts = strdup(facts_json ? facts_json : "{}");
    if (!*model || !facts) {
        free(*model);
        free(facts);
        tb_vae_free(vae);
        *model = NULL;
        return tbi_no_memory("for a model");
    }
    **model = (TbModel){.vae = vae, .facts = facts, .fingerprint = fingerprint(vae)};
    TbStatus status = tb_vae_decoder_new(vae, &(*model)->decoder);
    if (status != TB_OK) {
        tb_model_free(*model);
        *model = NULL;
    }
    return status;
}

void tb_model_free(TbModel *model) {
    if (model) {
        tb_vae_decoder_free(model->decoder);
        tb_vae_free(model->vae);
        tb_vae_decoder_free(model->note_decoder);
        tb_note_model_free(model->notes);
        free(model->facts);
        free(model);
    }
}

const TbVae *tb_model_vae(const TbModel *model) {
    return model->vae;
}
const TbVaeDecoder *tb_model_decoder(const TbModel *model) {
    return model->decoder;
}
const char *tb_model_facts(const TbModel *model) {
    return model->facts;
}
uint64_t tb_model_fingerprint(const TbModel *model) {
    return model->fingerprint;
}

const TbNoteModel *tb_model_notes(const TbModel *model) {
    return model->notes;
}
const TbVaeDecoder *tb_model_note_decoder(const TbModel *model) {
    return model->note_decoder;
}
TbStatus tb_model_set_notes(TbModel *model, TbNoteModel *notes) {
    tb_vae_decoder_free(model->note_decoder);
    tb_note_model_free(model->notes);
    model->notes = notes;
    model->note_decoder = NULL;
    TbStatus status = notes ? tb_vae_decoder_new(notes->net, &model->note_decoder) : TB_OK;
    if (status != TB_OK) {
        tb_note_model_free(notes);
        model->notes = NULL;
    }
    return status;
}
