/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel presets: lists presets. */
#include "app/commands.h"
#include "app/preset_names.h"
#include "timbrel/session.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const char *show;
} Values;

static const Option options[] = {
    {"show", 's', OPTION_TEXT, "PRESET", .help = "print this preset as JSON, in the format of its file",
     .offset = offsetof(Values, show)},
};

static TbStatus show(const char *name) {
    TbPreset preset;
    char *text = NULL;
    TbStatus status = preset_load(name, &preset);
    if (status == TB_OK)
        status = tb_preset_print(&preset, &text);
    if (status == TB_OK)
        puts(text);
    free(text);
    return status;
}

/* Counts UTF-8 characters, not bytes. */
static int letters(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

static TbStatus list(void) {
    TbPresetEntry *entries;
    size_t n;
    int widest = 0;
    TbStatus status = tb_presets_list(NULL, &entries, &n);
    if (status)
        return status;
    for (size_t i = 0; i < n; i++)
        widest = letters(entries[i].name) > widest ? letters(entries[i].name) : widest;
    for (size_t i = 0; i < n; i++) {
        const TbPresetEntry *e = &entries[i];
        int column = printf("%3zu  ", i) + widest + 2, indent = column;
        printf("%s%*s  ", e->name, widest - letters(e->name), "");
        help_words(e->text, &column, indent);
        help_words(e->factory ? "" : "(yours)", &column, indent);
        printf("\n");
    }
    free(entries);
    preset_faults_print(NULL);
    return TB_OK;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    (void)operands, (void)n_operands;
    return v->show ? show(v->show) : list();
}

const Command cmd_presets =
    COMMAND("presets", "List presets with their numbers", "", 0, 0,
            "The number is that of a MIDI program change, which begins with 0; it can be given in place of the name.\n"
            "Presets of your own are in\n"
            "$XDG_DATA_HOME/timbrel/presets, or else ~/.local/share/timbrel/presets; yours replace factory presets\n"
            "of the same name. Files that cannot be read are named, with the reason.\n\n"
            "  timbrel presets\n"
            "  timbrel presets --show \"Sunday Bell\" > my-bell.json\n"
            "  timbrel play --preset my-bell.json\n");
