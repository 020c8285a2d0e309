/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models: a network, the columns it was trained on, and its file (safetensors with metadata). */
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "note/note.h"
#include "sound/infer_latents.h"
#include "sound/tensor_object.h"
#include "timbrel/sound.h"
#include "vae/training.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
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

#define FORMAT "timbrel model"
#define FORMAT_VERSION "1"
/* The meaning of the columns; models with another description cannot be used by this build. */
#define FEATURES                                                                                                       \
    "128 harmonics, 32 free partials, 32 ratios, 64 noise bands, 4 noise gains, inharmonicity; pitch, loudness; "      \
    "100 dB levels; hop 256 at 44100 Hz"

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

/* The metadata's "net": the numbers of TbVaeConfig, in order. */
#define NET_FORMAT "%d %d %d %d %d %d %d %d"

TbStatus tb_model_write(const TbModel *model, const char *path, bool half) {
    const TbVae *vae = model->vae;
    size_t n = tb_vae_n_tensors(vae), n_params = tb_vae_n_params(vae);
    size_t n_notes = model->notes ? tbi_note_model_n_tensors(model->notes) : 0;
    size_t note_params = model->notes ? tb_vae_n_params(model->notes->net) : 0;
    TbTensorView *views = calloc(n + n_notes, sizeof *views);
    uint16_t *halves = half ? malloc((n_params + note_params) * sizeof *halves) : NULL;
    if (!views || (half && !halves)) {
        free(views);
        free(halves);
        return tbi_no_memory("to write the model");
    }
    tbi_parameters_views(tbi_vae_parameters(vae), "", tb_vae_params(model->vae), halves, views);
    const TbVaeConfig *c = tb_vae_config(vae);
    if (model->notes)
        tbi_note_model_views(model->notes, c->latent_dim, half ? halves + n_params : NULL, views + n);
    char net[128];
    snprintf(net, sizeof net, NET_FORMAT, c->input_dim, c->condition_dim, c->latent_dim, c->output_dim,
             c->encoder_width, c->encoder_layers, c->decoder_width, c->decoder_layers);
    const char *metadata[] = {"format", FORMAT,        "version", FORMAT_VERSION, "net",        net, "features",
                              FEATURES, "sample_rate", "44100",   "training",     model->facts, NULL};
    TbPrinted file = {NULL, 0};
    TbStatus status = tb_tensor_file_serialize(views, n + n_notes, metadata, &file.data, &file.n_bytes);
    status = tbi_write_printed(status, &file, path);
    free(halves);
    free(views);
    return status;
}

/* Whether the file holds as many numbers as the network has weights. Checked before memory is allocated for them:
 * the header is untrusted. Biases and norms are not counted. */
static bool holds_weights(const TbTensorFile *file, const TbVaeConfig *c) {
    size_t have = 0, w = (size_t)c->encoder_width, v = (size_t)c->decoder_width, latent = (size_t)c->latent_dim;
    size_t need = w * (size_t)c->input_dim + (size_t)(c->encoder_layers - 1) * w * w + 2 * w * latent;
    need += v * (latent + (size_t)c->condition_dim) + (size_t)(c->decoder_layers - 1) * v * v;
    need += v * (size_t)c->output_dim;
    for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
        const TbTensorView *t = tb_tensor_file_at(file, i);
        size_t n = 1;
        for (size_t d = 0; d < t->n_dims; d++)
            n *= t->shape[d];
        have += n;
    }
    return have >= need;
}

static TbStatus model_from_file(const TbTensorFile *file, void *object) {
    TbModel **model = object;
    const char *version = tb_tensor_file_metadata(file, "version");
    const char *net = tb_tensor_file_metadata(file, "net"), *features = tb_tensor_file_metadata(file, "features");
    const char *facts = tb_tensor_file_metadata(file, "training");
    if (!version || strcmp(version, FORMAT_VERSION) != 0 || !features || strcmp(features, FEATURES) != 0)
        return tb_fail(TB_ERR_VERSION, "This file is a model for another version of Timbrel; train it again.");
    TbVaeConfig c;
    if (!net || sscanf(net, NET_FORMAT, &c.input_dim, &c.condition_dim, &c.latent_dim, &c.output_dim, &c.encoder_width,
                       &c.encoder_layers, &c.decoder_width, &c.decoder_layers) != 8) {
        return tb_fail(
            TB_ERR_FORMAT,
            "This file is a damaged model: the description of its network cannot be read; get a fresh copy of it.");
    }
    if (c.input_dim != TB_MODEL_INPUTS || c.condition_dim != TB_CONDITIONS || c.output_dim != TB_FEATURES ||
        c.latent_dim < 1 || c.latent_dim > 256 || c.encoder_width < 1 || c.encoder_width > 4096 ||
        c.decoder_width < 1 || c.decoder_width > 4096 || c.encoder_layers < 1 || c.encoder_layers > 8 ||
        c.decoder_layers < 1 || c.decoder_layers > 8) {
        return tb_fail(TB_ERR_FORMAT,
                       "This file is a model whose network does not fit this version of Timbrel; train it again.");
    }
    if (!holds_weights(file, &c)) {
        return tb_fail(
            TB_ERR_FORMAT,
            "This file is a damaged model: it holds fewer weights than its network needs; get a fresh copy of it.");
    }
    TbVae *vae = NULL;
    TbStatus status = tb_vae_new_zero(&c, &vae);
    if (status == TB_OK)
        status = tbi_parameters_read(tbi_vae_parameters(vae), "", file, tb_vae_params(vae));
    if (status != TB_OK) {
        tb_vae_free(vae);
        return status;
    }
    TbNoteModel *notes = NULL;
    status = tb_model_new(vae, facts, model);
    if (status == TB_OK)
        status = tbi_note_model_from_file(file, c.latent_dim, &notes);
    if (status == TB_OK)
        status = tb_model_set_notes(*model, notes);
    if (status != TB_OK) {
        tb_model_free(*model);
        *model = NULL;
    }
    return status;
}

static const TensorObject kind = {FORMAT, "a Timbrel model", "`timbrel train` makes one", model_from_file};

TbStatus tb_model_read(const char *path, TbModel **model) {
    *model = NULL;
    return tbi_tensor_object_read(&kind, path, model);
}

TbStatus tb_model_parse(const void *data, size_t n_bytes, TbModel **model) {
    *model = NULL;
    return tbi_tensor_object_parse(&kind, data, n_bytes, model);
}
