/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/instruments.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/parse.h"
#include "app/preset_names.h"
#include "app/warning.h"
#include "base/no_memory.h"
#include "base/utf8.h"
#include "timbrel/session.h"
#include "train/find_sounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SOUNDS = 48 }; /* files per folder; more add little */
static const char SEED[] = "seed:", PRESET[] = "preset:";

/* ---- names ---- */

static bool is_there(const char *name) {
    return path_kind(name) != PATH_ABSENT || is_bundled_sound(name);
}

static bool is_preset(const char *name) {
    return strncmp(name, PRESET, strlen(PRESET)) == 0 && !is_there(name);
}

static bool is_seed(const char *name) {
    return strncmp(name, SEED, strlen(SEED)) == 0 && !is_there(name);
}

bool is_instrument_name(const char *name) {
    return is_seed(name) || is_preset(name) || (!is_there(name) && strpbrk(name, ",@"));
}

static TbStatus seed_of_name(const char *name, uint64_t *seed) {
    const char *digits = name + strlen(SEED);
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > 18 || digits[n])
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\": a seed is a whole number, such as seed:7.", name);
    *seed = strtoull(digits, NULL, 10);
    return TB_OK;
}

/* Parses name[@weight] within `all`; weight is -1 if missing. */
static TbStatus one_part(const char *all, const char *text, size_t length, InstrumentPart *part) {
    if (!*all)
        return tb_fail(TB_ERR_ARGUMENT, "The name of a sound is empty.");
    if (length == 0)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" has no sound %s a comma; name one there, or leave the comma out.", all,
                       *text ? "before" : "after");
    if (length >= sizeof part->name)
        return tb_fail(TB_ERR_ARGUMENT, "The name of a part of the mix is too long.");
    memcpy(part->name, text, length);
    part->name[length] = 0;
    part->weight = -1;
    char *at = strrchr(part->name, '@');
    if (!at || is_there(part->name))
        return TB_OK;
    *at = 0;
    if (!parse_number(at + 1, &part->weight) || part->weight < 0 || part->weight > 1 || at == part->name)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s@%s\": after the @ comes a share from 0 to 1, such as flute,bell@0.3.",
                       part->name, at + 1);
    return TB_OK;
}

/* Parts without a weight share the remainder; then normalises the sum to 1. */
static TbStatus share_out(InstrumentPart *part, int n) {
    double given = 0, sum = 0;
    int silent = 0;
    for (int i = 0; i < n; i++) {
        given += part[i].weight < 0 ? 0 : part[i].weight;
        silent += part[i].weight < 0;
    }
    if (given > 1 + 1e-9 && silent > 0)
        return tb_fail(TB_ERR_ARGUMENT, "The shares of the mix add up to more than 1.");
    for (int i = 0; i < n; i++) {
        part[i].weight = part[i].weight < 0 ? (1 - given) / silent : part[i].weight;
        sum += part[i].weight;
    }
    if (!(sum > 0))
        return tb_fail(TB_ERR_ARGUMENT, "The shares of the mix are all 0.");
    for (int i = 0; i < n; i++)
        part[i].weight /= sum;
    return TB_OK;
}

TbStatus instrument_parts(const char *name, InstrumentPart part[TB_PARTS], int *n) {
    *n = 0;
    if (is_there(name)) {
        *n = 1;
        part[0].weight = 1;
        if ((size_t)snprintf(part[0].name, sizeof part[0].name, "%s", name) >= sizeof part[0].name)
            return tb_fail(TB_ERR_ARGUMENT, "The name of the sound is too long.");
        return TB_OK;
    }
    for (const char *at = name;; at++) {
        size_t length = strcspn(at, ",");
        if (*n == TB_PARTS)
            return tb_fail(TB_ERR_ARGUMENT, "\"%s\": a mix has %d parts at most.", name, (int)TB_PARTS);
        TbStatus status = one_part(name, at, length, &part[(*n)++]);
        if (status)
            return status;
        at += length;
        if (*at == 0)
            return share_out(part, *n);
    }
}

void instrument_file_name(const char *name, char *text, size_t size) {
    InstrumentPart part[TB_PARTS];
    size_t at = 0;
    int n;
    name += is_preset(name) ? strlen(PRESET) : 0;
    if (instrument_parts(name, part, &n) != TB_OK)
        n = 0;
    for (int i = 0; i < n; i++) {
        size_t length = strlen(part[i].name);
        while (length > 1 && part[i].name[length - 1] == '/')
            part[i].name[--length] = 0;
        const char *base = path_base(part[i].name), *dot = strrchr(base, '.');
        bool ending = dot && dot > base && (tbi_is_sound_name(base) || strcmp(dot, SOUND_ENDING) == 0);
        length = ending ? (size_t)(dot - base) : strlen(base);
        if (i > 0 && at + 1 < size)
            text[at++] = '-';
        for (size_t j = 0; j < length;) {
            size_t bytes = utf8_name_length(base + j), whole = utf8_length(base + j);
            if (at + (bytes ? bytes : 1) >= size)
                break;
            memcpy(text + at, bytes ? base + j : "-", bytes ? bytes : 1);
            at += bytes ? bytes : 1;
            j += whole ? whole : 1;
        }
    }
    text[at] = 0;
    if (at == 0)
        snprintf(text, size, "instrument");
}

/* ---- loading ---- */

/* A key in the name comes before that in the file. */
static TbStatus load_recording(const TbModel *model, const char *path, TbProgress progress, void *context, Input *input,
                               TbRecordedNote *as) {
    *as = tb_recorded_note_parse(path);
    return input_load_recording(model, path, progress, context, input, &as->key);
}

static TbStatus of_inputs(const TbModel *model, Input *inputs, const TbRecordedNote *as, size_t n,
                          TbInstrument **instrument) {
    const TbSound *sounds[MOST_SOUNDS];
    for (size_t i = 0; i < n; i++)
        sounds[i] = &inputs[i].sound;
    return tb_instrument_from_sounds(model, sounds, as, n, instrument);
}

static bool no_sound(TbStatus status) {
    return status == TB_ERR_FORMAT || status == TB_ERR_EMPTY || status == TB_ERR_NOT_FOUND ||
           status == TB_ERR_UNSUPPORTED;
}

static void tell_used(const char *folder, size_t n, size_t used) {
    char text[1200];
    snprintf(text, sizeof text, "\"%s\" has %zu sounds; %zu of them, evenly spaced, make the instrument.", folder, n,
             used);
    if (used < n)
        warning_print("Warning", text);
}

static TbStatus load_folder(const TbModel *model, const char *folder, TbProgress progress, void *context,
                            TbInstrument **instrument) {
    NameList list;
    Input *inputs = calloc(MOST_SOUNDS, sizeof *inputs);
    TbRecordedNote as[MOST_SOUNDS];
    size_t loaded = 0;
    TbStatus status = inputs ? list_sounds_and_encoded(folder, &list) : tbi_no_memory("for an instrument");
    if (status) {
        free(inputs);
        return status;
    }
    size_t n = list.n < MOST_SOUNDS ? list.n : MOST_SOUNDS;
    tell_used(folder, list.n, n);
    for (size_t i = 0; i < n && status == TB_OK; i++) { /* if there are too many, picks evenly spaced ones */
        Part part = {progress, context, (double)i / (double)n, (double)(i + 1) / (double)n, NULL};
        char *path = path_join(folder, list.names[i * list.n / n]);
        status = path ? load_recording(model, path, progress ? part_report : NULL, &part, &inputs[loaded], &as[loaded])
                      : tbi_no_memory("for an instrument");
        loaded += status == TB_OK;
        if (no_sound(status)) { /* not a sound: the other files still make an instrument */
            warning_print("Skipped", tb_error_text(tb_fail_in(status, list.names[i * list.n / n])));
            status = TB_OK;
        }
        free(path);
    }
    if (status == TB_OK && loaded == 0)
        status = tb_fail(TB_ERR_EMPTY, "No sound in \"%s\" can be read.", folder);
    if (status == TB_OK)
        status = of_inputs(model, inputs, as, loaded, instrument);
    for (size_t i = 0; i < loaded; i++)
        tb_sound_free(&inputs[i].sound);
    free(inputs);
    name_list_free(&list);
    return status;
}

static TbStatus load_one(const TbModel *model, const char *name, TbProgress progress, void *context,
                         TbInstrument **instrument) {
    Input input;
    uint64_t seed = 0;
    if (is_seed(name)) {
        TbStatus status = seed_of_name(name, &seed);
        return status ? status : tb_instrument_random(model, seed, instrument);
    }
    if (path_kind(name) == PATH_FOLDER)
        return load_folder(model, name, progress, context, instrument);
    TbRecordedNote as;
    TbStatus status = load_recording(model, name, progress, context, &input, &as);
    if (status == TB_OK) {
        status = of_inputs(model, &input, &as, 1, instrument);
        tb_sound_free(&input.sound);
    }
    return status;
}

static TbStatus load_sound(const TbModel *model, const char *name, TbProgress progress, void *context,
                           TbInstrument **instrument);

/* Only the note network can interpolate between instruments: uses the weighted mean of their codes. */
static TbStatus mix(const TbModel *model, const InstrumentPart *part, int n, TbProgress progress, void *context,
                    TbInstrument **instrument) {
    float code[TB_CODE_DIM] = {0};
    double pitched = 0;
    if (!tb_model_notes(model))
        return tb_fail(TB_ERR_UNSUPPORTED, "This model has no network of notes, so it cannot mix instruments; train it "
                                           "again, or use the default model.");
    for (int i = 0; i < n; i++) {
        Part share = {progress, context, (double)i / n, (double)(i + 1) / n, NULL};
        TbInstrument *one;
        TbStatus status = load_sound(model, part[i].name, progress ? part_report : NULL, &share, &one);
        if (status)
            return status;
        for (int k = 0; k < TB_CODE_DIM; k++)
            code[k] += (float)part[i].weight * tb_instrument_code(one)[k];
        pitched += tb_instrument_has_pitch(one) ? part[i].weight : 0;
        tb_instrument_free(one);
    }
    return tb_instrument_new(model, code, pitched >= 0.5, instrument);
}

static TbStatus load_sound(const TbModel *model, const char *name, TbProgress progress, void *context,
                           TbInstrument **instrument) {
    InstrumentPart part[TB_PARTS];
    int n;
    *instrument = NULL;
    TbStatus status = instrument_parts(name, part, &n);
    if (status)
        return status;
    return n == 1 ? load_one(model, part[0].name, progress, context, instrument)
                  : mix(model, part, n, progress, context, instrument);
}

/* Mixes the sounds on the corners at the pad's position, then applies the knobs. A preset's sounds cannot be presets.
 * */
static TbStatus load_preset(const TbModel *model, const char *name, TbProgress progress, void *context,
                            TbInstrument **instrument) {
    TbPreset preset;
    InstrumentPart part[TB_PARTS] = {{.weight = 0}};
    float weight[TB_PARTS];
    int n = 0;
    TbStatus status = preset_load(name, &preset);
    if (status)
        return status;
    tb_pad_weights(preset.n_sounds, preset.control[TB_CONTROL_X], preset.control[TB_CONTROL_Y], weight);
    for (int i = 0; i < preset.n_sounds; i++) {
        if (weight[i] > 0) {
            snprintf(part[n].name, sizeof part[n].name, "%s", preset.sound[i]);
            part[n++].weight = (double)weight[i];
        }
    }
    status = n == 1 ? load_sound(model, part[0].name, progress, context, instrument)
                    : mix(model, part, n, progress, context, instrument);
    if (status == TB_OK)
        tb_instrument_add_knobs(*instrument, preset.control + TB_CONTROL_KNOBS);
    return status;
}

TbStatus instrument_load(const TbModel *model, const char *name, TbProgress progress, void *context,
                         TbInstrument **instrument) {
    *instrument = NULL;
    if (is_preset(name))
        return load_preset(model, name + strlen(PRESET), progress, context, instrument);
    return load_sound(model, name, progress, context, instrument);
}
