/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presets as JSON. Files are untrusted. */
#include "session/preset.h"
#include "base/no_memory.h"

#include "base/json.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, MAX_BYTES = 65536 };
#define FORMAT_KEY "timbrel_preset"

void tb_preset_defaults(TbPreset *preset) {
    *preset = (TbPreset){.name = "Untitled", .n_sounds = 1, .sound = {"flute"}};
    for (int i = 0; i < TB_CONTROLS; i++)
        preset->control[i] = tb_control_info((TbControl)i)->default_value;
}

/* ---- validation ---- */

bool tbi_preset_is_path(const char *name) {
    size_t n = strlen(name);
    return n > 5 && strcasecmp(name + n - 5, ".json") == 0;
}

/* One line of valid UTF-8, terminated within its size. */
bool tbi_preset_is_plain_text(const char *text, size_t size) {
    size_t n = strnlen(text, size);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return n < size && utf8_valid(text);
}

/* A visible name without leading or trailing spaces that cannot be mistaken for a file name. */
static bool is_valid_name(const char *name) {
    size_t n = strnlen(name, TB_PRESET_NAME);
    return tbi_preset_is_plain_text(name, TB_PRESET_NAME) && n > 0 && name[0] != ' ' && name[n - 1] != ' ' &&
           !strchr(name, '/') && !tbi_preset_is_path(name);
}

TbStatus tbi_preset_check(const TbPreset *p, TbStatus failure) {
    if (!is_valid_name(p->name)) {
        return tb_fail(failure,
                       "A preset's name must have 1 to %d bytes on one line, without / and without .json or a space at "
                       "its end; choose another.",
                       TB_PRESET_NAME - 1);
    }
    if (!tbi_preset_is_plain_text(p->text, TB_PRESET_TEXT)) {
        return tb_fail(failure, "The text of the preset \"%s\" must be one line of at most %d bytes; shorten it.",
                       p->name, TB_PRESET_TEXT - 1);
    }
    if (!tbi_preset_is_plain_text(p->model, TB_SOUND_NAME))
        return tb_fail(failure, "The model of the preset \"%s\" is not the path of a file.", p->name);
    if (p->n_sounds < 1 || p->n_sounds > TB_PARTS)
        return tb_fail(failure, "The preset \"%s\" has %d sounds; name 1 to %d.", p->name, p->n_sounds, TB_PARTS);
    for (int i = 0; i < p->n_sounds; i++)
        if (!p->sound[i][0] || !tbi_preset_is_plain_text(p->sound[i], TB_SOUND_NAME))
            return tb_fail(failure, "Sound %d of the preset \"%s\" has no name, or an impossible one.", i + 1, p->name);
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *info = tb_control_info((TbControl)i);
        if (!(p->control[i] >= info->low && p->control[i] <= info->high)) {
            return tb_fail(failure, "In the preset \"%s\", %s is not from %g to %g.", p->name, info->name,
                           (double)info->low, (double)info->high);
        }
    }
    return TB_OK;
}

/* ---- reading ---- */

/* Reads a string member; a missing one leaves `text` unchanged. */
static TbStatus read_text(const json_t *value, const char *what, char *text, size_t size) {
    if (!value)
        return TB_OK;
    if (!json_is_string(value) || json_string_length(value) >= size) {
        return tb_fail(TB_ERR_FORMAT, "This file is a preset whose \"%s\" is not a text of at most %zu bytes.", what,
                       size - 1);
    }
    snprintf(text, size, "%s", json_string_value(value));
    return TB_OK;
}

static TbStatus read_sounds(const json_t *list, TbPreset *p) {
    if (!list)
        return TB_OK;
    size_t n = json_array_size(list); /* 0 if it is not an array */
    if (n < 1 || n > TB_PARTS) {
        return tb_fail(TB_ERR_FORMAT, "This file is a preset whose \"sounds\" are not a list of 1 to %d names.",
                       TB_PARTS);
    }
    p->n_sounds = (int)n;
    for (size_t i = 0; i < n; i++) {
        TbStatus status = read_text(json_array_get(list, i), "sounds", p->sound[i], sizeof p->sound[i]);
        if (status)
            return status;
    }
    return TB_OK;
}

static TbStatus read_controls(json_t *controls, TbPreset *p) {
    const char *name;
    json_t *value;
    if (controls && !json_is_object(controls))
        return tb_fail(TB_ERR_FORMAT, "This file is a preset whose \"controls\" are not pairs of a name and a number.");
    json_object_foreach(controls, name, value) {
        int control = tb_control_find(name);
        if (control >= 0 && !json_is_number(value)) {
            return tb_fail(TB_ERR_FORMAT, "This file is a preset in which %s is not a number.",
                           tb_control_info(control)->name);
        }
        if (control >= 0)
            p->control[control] = (float)json_number_value(value);
    }
    return TB_OK;
}

static TbStatus read_preset(json_t *root, TbPreset *p) {
    const json_t *version = json_object_get(root, FORMAT_KEY);
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return tb_fail(TB_ERR_FORMAT, "This file is not a preset: it has no \"%s\": %d.", FORMAT_KEY, VERSION);
    if (json_integer_value(version) > VERSION)
        return tb_fail(TB_ERR_VERSION, "This file is a preset from a newer Timbrel; update Timbrel.");
    TbStatus status = read_text(json_object_get(root, "name"), "name", p->name, sizeof p->name);
    if (status == TB_OK)
        status = read_text(json_object_get(root, "text"), "text", p->text, sizeof p->text);
    if (status == TB_OK)
        status = read_text(json_object_get(root, "model"), "model", p->model, sizeof p->model);
    if (status == TB_OK)
        status = read_sounds(json_object_get(root, "sounds"), p);
    if (status == TB_OK)
        status = read_controls(json_object_get(root, "controls"), p);
    return status ? status : tbi_preset_check(p, TB_ERR_FORMAT);
}

/* Appends `"inside.name"`, as far as it fits. */
static void add_unknown(char *unknown, size_t size, const char *inside, const char *name) {
    size_t at = strlen(unknown);
    snprintf(unknown + at, size - at, "%s\"%s%s\"", at ? ", " : "", inside, name);
}

static void find_unknown(json_t *root, char *unknown, size_t size) {
    static const char *const members[] = {FORMAT_KEY, "name", "text", "model", "sounds", "controls"};
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value) {
        size_t i = 0;
        while (i < sizeof members / sizeof members[0] && strcmp(members[i], name) != 0)
            i++;
        if (i == sizeof members / sizeof members[0])
            add_unknown(unknown, size, "", name);
    }
    json_object_foreach(json_object_get(root, "controls"), name, value) {
        if (tb_control_find(name) < 0)
            add_unknown(unknown, size, "controls.", name);
    }
}

TbStatus tb_preset_parse(const char *text, size_t n_bytes, TbPreset *preset) {
    char unknown[8];
    return tbi_preset_parse(text, n_bytes, preset, unknown, sizeof unknown);
}

TbStatus tbi_preset_parse(const char *text, size_t n_bytes, TbPreset *preset, char *unknown, size_t size) {
    unknown[0] = 0;
    tb_preset_defaults(preset);
    if (n_bytes > MAX_BYTES)
        return tb_fail(TB_ERR_FORMAT, "This file is too large to be a preset.");
    json_t *root;
    TbStatus status = json_read_file(text, n_bytes, "preset", &root);
    if (status)
        return status;
    TbPreset read = *preset;
    status = read_preset(root, &read);
    if (status == TB_OK)
        find_unknown(root, unknown, size);
    json_decref(root);
    if (status == TB_OK)
        *preset = read;
    return status;
}

/* ---- writing ---- */

enum { DIGITS = 9 }; /* identify any float */

/* The shortest decimal that reads back as the same float: 0.3, not 0.300000012. */
static json_t *number(float value) {
    char digits[40];
    for (int n = 1; n <= DIGITS; n++) {
        snprintf(digits, sizeof digits, "%.*g", n, (double)value);
        if (strtof(digits, NULL) == value)
            break;
    }
    return json_real(strtod(digits, NULL));
}

static int put(json_t *object, const char *name, json_t *value) {
    return json_object_set_new(object, name, value); /* frees the value on failure; fails for NULL */
}

static json_t *to_json(const TbPreset *p) {
    json_t *root = json_object(), *sounds = json_array(), *controls = json_object();
    int bad = put(root, FORMAT_KEY, json_integer(VERSION));
    bad |= put(root, "name", json_string(p->name));
    bad |= put(root, "text", json_string(p->text));
    if (p->model[0])
        bad |= put(root, "model", json_string(p->model));
    for (int i = 0; i < p->n_sounds; i++)
        bad |= json_array_append_new(sounds, json_string(p->sound[i]));
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *info = tb_control_info((TbControl)i);
        if (p->control[i] != info->default_value)
            bad |= put(controls, info->name, number(p->control[i]));
    }
    bad |= put(root, "sounds", sounds);
    bad |= put(root, "controls", controls);
    if (bad) {
        json_decref(root);
        return NULL;
    }
    return root;
}

TbStatus tb_preset_print(const TbPreset *preset, char **text) {
    *text = NULL;
    TbStatus status = tbi_preset_check(preset, TB_ERR_ARGUMENT);
    if (status)
        return status;
    json_t *root = to_json(preset);
    *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS)) : NULL;
    json_decref(root);
    return *text ? TB_OK : tbi_no_memory("for the preset");
}
