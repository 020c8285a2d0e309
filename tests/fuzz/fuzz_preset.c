/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a preset or refused, likewise a MIDI map; whatever is accepted survives a round trip. */
#include "session/midi_map_file.h"
#include "session/preset.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void require_same(const TbPreset *a, const TbPreset *b) {
    require(strcmp(a->name, b->name) == 0 && strcmp(a->text, b->text) == 0 && strcmp(a->model, b->model) == 0 &&
            a->n_sounds == b->n_sounds);
    for (int i = 0; i < a->n_sounds; i++)
        require(strcmp(a->sound[i], b->sound[i]) == 0);
    for (int i = 0; i < TB_CONTROLS; i++)
        require(a->control[i] == b->control[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbPreset preset, again;
    TbMidiMap map;
    char *text;
    TbStatus status = tb_preset_parse((const char *)data, size, &preset);
    if (status == TB_OK) {
        require(tbi_preset_check(&preset, TB_ERR_ARGUMENT) == TB_OK);
        require(tb_preset_print(&preset, &text) == TB_OK);
        require(tb_preset_parse(text, strlen(text), &again) == TB_OK);
        require_same(&preset, &again);
        free(text);
    } else {
        require_message(status);
    }
    if (tbi_midi_map_parse((const char *)data, size, &map) == TB_OK)
        for (int i = 0; i < 128; i++)
            require(map.control[i] >= -1 && map.control[i] < TB_CONTROLS);
    return 0;
}
