/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel info: describes a file. */
#include "app/commands.h"
#include "app/files.h"
#include "app/info.h"
#include "app/numbers.h"
#include "base/no_memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first describer that recognises the file is used; sound files come last, as they accept everything. */
static const Describer *const describers[] = {&describe_tensors, &describe_midi, &describe_sound};

enum { ITEMS_SHOWN = 16 };

typedef struct {
    bool json;
} Values;

static const Option options[] = {
    {"json", 0, OPTION_FLAG, .help = "print JSON", .offset = offsetof(Values, json)},
};

enum { LABEL_WIDTH = 18, VALUE_AT = 2 + LABEL_WIDTH + 1 };

static void print_words(const char *text) {
    int column = VALUE_AT;
    if (strlen(text) <= HELP_COLUMNS - VALUE_AT)
        printf("%s", text);
    else
        help_words(text, &column, VALUE_AT);
    printf("\n");
}

/* Four significant digits, three below ten; never rounds before the decimal point. */
static void print_number(double value, const char *unit) {
    char text[40];
    number_text(value, fabs(value) < 10 ? 3 : 4, 3, text, sizeof text);
    printf("%s%s%s\n", text, *unit ? " " : "", unit);
}

static void print_list(const json_t *list) {
    size_t i, n = json_array_size(list);
    for (i = 0; n > 1 && i < n && i < ITEMS_SHOWN; i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(item, "name"));
        char number[40];
        snprintf(number, sizeof number, "note %zu", i + 1);
        printf("  %-*s ", LABEL_WIDTH, name ? name : number);
        print_words(json_string_value(json_object_get(item, "in_words")));
    }
    if (i < n && n > 1)
        printf("  %-*s %zu more\n", LABEL_WIDTH, "and", n - i);
}

/* What a fact is called where its key, which is its name in JSON, is not plain. */
static void print_label(const char *key) {
    static const char *const labels[][2] = {
        {"training_seconds", "training length"}, {"training_validation_frames", "held-out frames"},
        {"training_batch", "frames per step"},   {"training_validation_db", "held-out error"},
        {"dc_offset", "constant offset"},        {"repaired_samples", "not finite"}};
    char label[40];
    snprintf(label, sizeof label, "%s", key);
    for (char *c = label; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(labels[i][0], key) == 0)
            snprintf(label, sizeof label, "%s", labels[i][1]);
    printf("  %-*s ", LABEL_WIDTH, label);
}

static void print_facts(const char *path, const Info *info) {
    const char *key;
    json_t *value;
    printf("%s\n", path);
    json_object_foreach(info->facts, key, value) {
        if (json_is_object(value))
            continue;
        if (json_is_array(value)) {
            print_list(value);
            continue;
        }
        print_label(key);
        if (json_is_string(value))
            print_words(json_string_value(value));
        else if (json_is_number(value))
            print_number(json_number_value(value), json_string_value(json_object_get(info->units, key)));
        else
            printf("-\n");
    }
}

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
        print_facts(operands[0], &info);
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
