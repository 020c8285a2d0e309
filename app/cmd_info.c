/* SPDX-License-Identifier: GPL-3.0-or-later
 * timbrel info: what a file is. */
#include "app/commands.h"
#include "app/files.h"
#include "app/info.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first that recognises the file describes it; sound files come last, since they recognise everything. */
static const Describer *const describers[] = {&describe_tensors, &describe_sound};

enum { ITEMS_SHOWN = 16 };

typedef struct {
    bool json;
} Values;

static const Option options[] = {
    {"json", 0, OPTION_FLAG, .help = "print JSON instead of lines", .offset = offsetof(Values, json)},
};

void info_text(Info *info, const char *key, const char *value) {
    json_object_set_new(info->facts, key, json_string(value));
}

json_t *info_value(double value) {
    bool whole = rint(value) == value && fabs(value) < 1e15;
    return whole ? json_integer((json_int_t)value) : isfinite(value) ? json_real(value) : json_null();
}

void info_number(Info *info, const char *key, double value, const char *unit) {
    json_object_set_new(info->units, key, json_string(unit));
    json_object_set_new(info->facts, key, info_value(value));
}

void info_list(Info *info, const char *key, json_t *list) {
    json_object_set_new(info->facts, key, list);
}

/* Four digits say enough, and two behind the point, or three in all; but no number is rounded before its point. */
static void print_number(double value, const char *unit) {
    double size = fabs(value);
    int before = size >= 1 ? (int)log10(size) + 1 : 0, digits = before < 2 ? 3 : 4;
    printf("%.*g%s%s\n", before > digits ? before : digits, value, *unit ? " " : "", unit);
}

static void print_list(const json_t *list) {
    size_t i, n = json_array_size(list);
    for (i = 0; n > 1 && i < n && i < ITEMS_SHOWN; i++)
        printf("  note %-13zu %s\n", i + 1, json_string_value(json_object_get(json_array_get(list, i), "in_words")));
    if (i < n && n > 1)
        printf("  %-18s %zu more\n", "and", n - i);
}

static void print_facts(const char *path, const Info *info) {
    const char *key;
    json_t *value;
    printf("%s\n", path);
    json_object_foreach(info->facts, key, value) {
        if (json_is_array(value)) {
            print_list(value);
            continue;
        }
        char label[40];
        snprintf(label, sizeof label, "%s", key);
        for (char *c = label; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        printf("  %-18s ", label);
        if (json_is_string(value))
            printf("%s\n", json_string_value(value));
        else if (json_is_number(value))
            print_number(json_number_value(value), json_string_value(json_object_get(info->units, key)));
        else
            printf("-\n");
    }
}

static TbStatus read_head(const char *path, unsigned char *head, size_t size, size_t *n) {
    if (path_kind(path) == PATH_FOLDER)
        return tb_fail(TB_ERR_ARGUMENT, "%s is a folder; name a file", path);
    FILE *file = fopen(path, "rb");
    if (!file)
        return tb_fail(TB_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    *n = fread(head, 1, size, file);
    fclose(file);
    return TB_OK;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    (void)n_operands;
    unsigned char head[16];
    size_t n = 0, i = 0;
    TbStatus status = TB_OK;
    if (path_kind(operands[0]) != PATH_ABSENT) /* else it is a bundled sound, or describe_sound says that it is none */
        status = read_head(operands[0], head, sizeof head, &n);
    if (status)
        return status;
    while (!describers[i]->recognises(head, n))
        i++;
    Info info = {json_object(), json_object()};
    status = info.facts && info.units ? describers[i]->describe(operands[0], &info) : TB_ERR_NO_MEMORY;
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

const Command cmd_info = {
    .name = "info",
    .summary = "Say what a file is: a sound and what it sounds like, an encoded sound, a model",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .values_size = sizeof(Values),
    .run = run,
};
