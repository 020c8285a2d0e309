/* SPDX-License-Identifier: GPL-3.0-or-later
 * What there is to say of a model. */
#include "app/info.h"
#include "app/info_kinds.h"
#include "sound/sound.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The facts of its training, as the model's file holds them: numbers and texts, in their order. */
static void training_facts(const char *facts, Info *info) {
    json_t *json = json_loads(facts, 0, NULL), *value;
    const char *key;
    json_object_foreach(json, key, value) {
        char name[80];
        snprintf(name, sizeof name, "training_%s", key);
        if (json_is_string(value))
            info_text(info, name, json_string_value(value));
        else if (json_is_number(value))
            info_number(info, name, json_number_value(value),
                        strcmp(key, "seconds") == 0         ? "s"
                        : strcmp(key, "validation_db") == 0 ? "dB"
                                                            : "");
    }
    json_decref(json);
}

TbStatus describe_model(const char *path, Info *info) {
    TbModel *model;
    TbStatus status = tb_model_read(path, &model);
    if (status)
        return tb_fail(status, "%s: %s", path, tb_error_detail());
    const TbVae *vae = tb_model_vae(model);
    const TbVaeConfig *c = tb_vae_config(vae);
    char fingerprint[20], text[80];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, tb_model_fingerprint(model));
    info_text(info, "kind", "model");
    info_number(info, "latents", c->latent_dim, "");
    snprintf(text, sizeof text, "%d x %d", c->encoder_layers, c->encoder_width);
    info_text(info, "encoder", text);
    snprintf(text, sizeof text, "%d x %d", c->decoder_layers, c->decoder_width);
    info_text(info, "decoder", text);
    info_number(info, "weights", (double)tb_vae_n_params(vae), "");
    info_text(info, "fingerprint", fingerprint);
    training_facts(tb_model_facts(model), info);
    tb_model_free(model);
    return TB_OK;
}
