/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel info: describes a file. */
#include "app/commands.h"
#include "app/files.h"
#include "app/info.h"
#include "app/json_text.h"
#include "app/standard_streams.h"
#include "app/warning.h"
#include "base/no_memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first describer that recognises the file is used; sound files come last, as they accept everything. */
static const Describer *const describers[] = {&describe_tensors, &describe_midi, &describe_sound};

enum { MOST_FILES = 10000 };

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

static TbStatus describe_one(const char *name, Info *info) {
    const Describer *describer = NULL;
    TbStatus status = find_describer(name, &describer);
    if (status)
        return status;
    *info = (Info){json_object(), json_object()};
    return info->facts && info->units ? describer->describe(name, info) : tbi_no_memory("to describe the file");
}

static void info_free(Info *info) {
    json_decref(info->facts);
    json_decref(info->units);
}

/* Describes several files: each under its name, and those that cannot be read are told and left out. */
static TbStatus run_several(const Values *v, char *const *names, int n) {
    json_t *all = json_array();
    TbStatus status = all ? TB_OK : tbi_no_memory("to describe the files"), failure = TB_OK;
    int n_failed = 0;
    for (int i = 0; i < n && status != TB_ERR_NO_MEMORY && status != TB_ERR_CANCELLED; i++) {
        Info info = {0};
        status = describe_one(names[i], &info);
        if (status == TB_OK && v->json) {
            json_object_set_new(info.facts, "file", json_text(standard_input_name(names[i])));
            json_array_append(all, info.facts);
        } else if (status == TB_OK) {
            printf("%s", i ? "\n" : "");
            info_print(standard_input_name(names[i]), &info);
        } else {
            warning_print("Skipped", tb_error_text(tb_fail_in(status, names[i])));
            failure = n_failed++ ? failure : status;
        }
        info_free(&info);
    }
    if (status == TB_ERR_NO_MEMORY || status == TB_ERR_CANCELLED)
        failure = status;
    else if (n_failed > 0)
        failure = tb_fail(failure == TB_ERR_ARGUMENT ? TB_ERR_FORMAT : failure,
                          "%d of %d files could not be described; the reasons are above.", n_failed, n);
    if (v->json && status != TB_ERR_NO_MEMORY) {
        json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(7));
        printf("\n");
    }
    json_decref(all);
    return failure;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    Info info = {0};
    if (n_operands > 1)
        return run_several(v, operands, n_operands);
    TbStatus status = describe_one(operands[0], &info);
    if (status == TB_OK && v->json) {
        json_dumpf(info.facts, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(7));
        printf("\n");
    } else if (status == TB_OK) {
        info_print(standard_input_name(operands[0]), &info);
    }
    info_free(&info);
    return status;
}

const Command cmd_info =
    COMMAND("info", "Describe files: sounds, encoded sounds, MIDI files, models", "FILE...", 1, MOST_FILES,
            "FILE may be the name of a bundled sound, an instrument such as seed:7, of which a note is described, -\n"
            "for standard input, or default: the model that is built in. Several files are an array in JSON.\n\n"
            "Of a MIDI file: key, metre, tempo, chords, form, what each part does, and how it is\n"
            "played; with --json all measures.\n\n"
            "  timbrel info flute.wav\n"
            "  timbrel info song.mid\n"
            "  timbrel info default\n");
