/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a model: safetensors with metadata. Weights are written and read here. */
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "note/note.h"
#include "sound/infer_latents.h"
#include "sound/tensor_object.h"
#include "timbrel/sound.h"
#include "vae/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "timbrel model"
#define FORMAT_VERSION "1"
/* The meaning of the columns; models with another description cannot be used by this build. */
#define FEATURES                                                                                                       \
    "128 harmonics, 32 free partials, 32 ratios, 64 noise bands, 4 noise gains, inharmonicity; pitch, loudness; "      \
    "100 dB levels; hop 256 at 44100 Hz"

/* The metadata's "net": the numbers of TbVaeConfig, in order. */
#define NET_FORMAT "%d %d %d %d %d %d %d %d"

TbStatus tb_model_write(const TbModel *model, const char *path, bool half) {
    const TbVae *vae = tb_model_vae(model);
    const TbNoteModel *notes = tb_model_notes(model);
    size_t n = tb_vae_n_tensors(vae), n_params = tb_vae_n_params(vae);
    size_t n_notes = notes ? tbi_note_model_n_tensors(notes) : 0;
    size_t note_params = notes ? tb_vae_n_params(notes->net) : 0;
    TbTensorView *views = calloc(n + n_notes, sizeof *views);
    uint16_t *halves = half ? malloc((n_params + note_params) * sizeof *halves) : NULL;
    if (!views || (half && !halves)) {
        free(views);
        free(halves);
        return tbi_no_memory("to write the model");
    }
    tbi_parameters_views(tbi_vae_parameters(vae), "", tbi_model_weights(model), halves, views);
    const TbVaeConfig *c = tb_vae_config(vae);
    if (notes)
        tbi_note_model_views(notes, c->latent_dim, half ? halves + n_params : NULL, views + n);
    char net[128];
    snprintf(net, sizeof net, NET_FORMAT, c->input_dim, c->condition_dim, c->latent_dim, c->output_dim,
             c->encoder_width, c->encoder_layers, c->decoder_width, c->decoder_layers);
    const char *metadata[] = {"format",   FORMAT,   "version",     FORMAT_VERSION, "net",      net,
                              "features", FEATURES, "sample_rate", "44100",        "training", tb_model_facts(model),
                              NULL};
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
