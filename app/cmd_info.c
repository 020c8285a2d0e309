/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel info: describes a file. */
#include "app/commands.h"
#include "app/files.h"
#include "app/info.h"
#include "base/no_memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first describer that recognises the file is used; sound files come last, as they accept everything. */
static const Describer *const describers[] = {&describe_tensors, &describe_midi, &describe_sound};

typedef struct {
    bool json;
} Values;

static const Option options[] = {
    {"json", 0, OPTION_FLAG, .help = "print JSON", .offset = offsetof(Values, json)},
};

static TbStatus find_describer(const char *name, const Describer **describer) {
    unsigned char head[16];
    const bool absent = path_kind(name) == PATH_ABSENT; /* a bundled sound */
    if (path_kind(name) == PATH_FOLDER)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a folder; name a file.", name);
    size_t n = file_head(name, head, sizeof head), i = 0; /* describe_sound reports what cannot be read */
    while (!describers[i]->recognises(head, n))
        i++;
    *describer = absent && strcmp(name, "default") == 0 ? &describe_default : describers[i];
    return TB_OK;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    const Describer *describer = NULL;
    (void)n_operands;
    TbStatus status = find_describer(operands[0], &describer);
    if (status)
        return status;
    Info info = {json_object(), json_object()};
    status = info.facts && info.units ? describer->describe(operands[0], &info) : tbi_no_memory("to describe the file");
    if (status == TB_OK && v->json) {
        json_dumpf(info.facts, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(7));
        printf("\n");
    } else if (status == TB_OK) {
        info_print(operands[0], &info);
    }
    json_decref(info.facts);
    json_decref(info.units);
    return status;
}

const Command cmd_info =
    COMMAND("info", "Describe a file: a sound, an encoded sound, a MIDI file, or a model", "FILE", 1, 1,
            "FILE may be the name of a bundled sound, or default: the model that is built in.\n\n"
            "Of a MIDI file: key, metre, tempo, chords, form, what each part does, and how it is\n"
            "played; with --json all measures.\n\n"
            "  timbrel info flute.wav\n"
            "  timbrel info song.mid\n"
            "  timbrel info default\n");
