/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/midi_map_file.h"
#include "base/no_memory.h"

#include "base/json.h"
#include "session/user_folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, MAX_BYTES = 65536 };
static const char MARK[] = "timbrel_midi_map";

static TbStatus read_controllers(json_t *controllers, TbMidiMap *map) {
    const char *key;
    json_t *value;
    if (!json_is_object(controllers)) {
        return tb_fail(TB_ERR_FORMAT,
                       "This file is a MIDI map whose \"controllers\" are not pairs of a number and a name.");
    }
    json_object_foreach(controllers, key, value) {
        char *end;
        long controller = strtol(key, &end, 10);
        if (*key < '0' || *key > '9' || *end || controller > 127 || !json_is_string(value)) {
            return tb_fail(TB_ERR_FORMAT,
                           "This file is a MIDI map in which \"%.40s\" is not a controller from 0 to 127 with the name "
                           "of a control.",
                           key);
        }
        map->control[controller] = (int8_t)tb_control_find(json_string_value(value));
    }
    return TB_OK;
}

TbStatus tbi_midi_map_parse(const char *text, size_t n_bytes, TbMidiMap *map) {
    json_t *root;
    TbStatus status = json_read_file(text, n_bytes, "MIDI map", &root);
    if (status)
        return status;
    const json_t *version = json_object_get(root, MARK);
    TbMidiMap read;
    memset(read.control, -1, sizeof read.control);
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        status = tb_fail(TB_ERR_FORMAT, "This file is not a MIDI map: it has no \"%s\": %d.", MARK, VERSION);
    else if (json_integer_value(version) > VERSION)
        status = tb_fail(TB_ERR_VERSION, "This file is a MIDI map from a newer Timbrel; update Timbrel.");
    else
        status = read_controllers(json_object_get(root, "controllers"), &read);
    json_decref(root);
    if (status == TB_OK)
        *map = read;
    return status;
}

TbStatus tbi_midi_map_read(const char *path, TbMidiMap *map) {
    void *text;
    size_t n;
    TbStatus status = tb_read_file(path, MAX_BYTES, &text, &n);
    if (status == TB_OK) {
        status = tb_fail_in(tbi_midi_map_parse(text, n, map), path);
        free(text);
    }
    return status;
}

TbStatus tbi_midi_map_write(const char *path, const TbMidiMap *map) {
    json_t *root = json_object(), *controllers = json_object();
    int bad = json_object_set_new(root, MARK, json_integer(VERSION));
    for (int i = 0; i < 128; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        if (map->control[i] >= 0 && map->control[i] < TB_CONTROLS) {
            const char *name = tb_control_info((TbControl)map->control[i])->name;
            bad |= json_object_set_new(controllers, key, json_string(name));
        }
    }
    bad |= json_object_set_new(root, "controllers", controllers);
    char *text = bad ? NULL : json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    if (!text)
        return tbi_no_memory("for the MIDI map");
    TbStatus status = tbi_make_parent_folders(path);
    if (status == TB_OK)
        status = tb_write_file(path, text, strlen(text));
    free(text);
    return status;
}
