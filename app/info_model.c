/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Describes a model. */
#include "app/info.h"
#include "app/info_kinds.h"
#include "app/inputs.h"
#include "app/numbers.h"
#include "timbrel/sound.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Training metadata in the order of the file: numbers and texts. */
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

static double rounded(const TbNoteModel *notes, int knob, float position) {
    return round(10 * (double)tb_knob_display(notes, knob, position)) / 10 + 0.0; /* + 0 avoids -0 */
}

/* For each knob: its attribute at -2, 0 and 2 standard deviations. */
static void knobs(const TbNoteModel *notes, Info *info) {
    json_t *list = json_array();
    for (int k = 0; k < TB_KNOBS; k++) {
        const TbAttributeInfo *a = tb_attribute_info(k);
        double low = rounded(notes, k, -2), middle = rounded(notes, k, 0), high = rounded(notes, k, 2);
        char words[200];
        char text[3][40];
        number_text(low, 6, 1, text[0], sizeof text[0]);
        number_text(high, 6, 1, text[1], sizeof text[1]);
        number_text(middle, 6, 1, text[2], sizeof text[2]);
        snprintf(words, sizeof words, "%s (%s) to %s (%s), usually %s %s", a->low, text[0], a->high, text[1], text[2],
                 a->unit);
        json_t *knob = json_object();
        json_object_set_new(knob, "name", json_string(a->name));
        json_object_set_new(knob, "unit", json_string(a->unit));
        json_object_set_new(knob, "low", info_value(low));
        json_object_set_new(knob, "middle", info_value(middle));
        json_object_set_new(knob, "high", info_value(high));
        json_object_set_new(knob, "in_words", json_string(words));
        json_array_append_new(list, knob);
    }
    info_list(info, "knobs", list);
}

/* How many programs and drums it has by itself. */
static void general_midi(const TbNoteModel *notes, Info *info) {
    int n[2] = {0};
    for (int i = 0; notes && i < TB_PROGRAMS; i++)
        n[i >= TB_DRUM_KEYS] += notes->program[i].kind > 0;
    info_number(info, "general_midi_programs", n[0], "");
    info_number(info, "general_midi_drums", n[1], "");
}

TbStatus describe_model(const char *path, Info *info) {
    TbModel *model;
    TbStatus status = model_load(path, &model);
    if (status)
        return status;
    const TbVae *vae = tb_model_vae(model);
    const TbVaeConfig *c = tb_vae_config(vae);
    char fingerprint[20], text[80];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, tb_model_fingerprint(model));
    info_text(info, "kind", "model");
    info_number(info, "latents", c->latent_dim, "in a frame");
    snprintf(text, sizeof text, "%d hidden layers of %d", c->encoder_layers, c->encoder_width);
    info_text(info, "encoder", text);
    snprintf(text, sizeof text, "%d hidden layers of %d", c->decoder_layers, c->decoder_width);
    info_text(info, "decoder", text);
    info_number(info, "weights", (double)tb_vae_n_params(vae), "");
    info_text(info, "fingerprint", fingerprint);
    training_facts(tb_model_facts(model), info);
    if (tb_model_notes(model))
        knobs(tb_model_notes(model), info);
    general_midi(tb_model_notes(model), info);
    tb_model_free(model);
    return TB_OK;
}

const Describer describe_default = {NULL, describe_model};
