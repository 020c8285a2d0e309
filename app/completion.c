/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/completion.h"
#include "app/device_list.h"
#include "timbrel/compose.h"
#include "timbrel/presets.h"
#include "timbrel/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether the argument, as named in the help, can be a sound. */
static bool takes_sounds(const char *argument) {
    static const char *const words[] = {"SOUND", "A", "IN", "FILE", "FILE...", "[FOLDER...]", "REF"};
    size_t length = strcspn(argument, " ,");
    length -= length > 1 && argument[length - 1] == ']';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && strncmp(argument, words[i], length) == 0)
            return true;
    return strncmp(argument, "[SOUND", 6) == 0;
}

static void print_sounds(const char *before, size_t length) {
    for (size_t i = 0; i < tb_bundled_count(); i++)
        printf("%.*s%s\n", (int)length, before, tb_bundled_name(i));
}

static void print_presets(const char *before, size_t length) {
    TbPresetEntry *entries;
    size_t n;
    if (tb_presets_list(NULL, &entries, &n) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++)
        printf("%.*s%s\n", (int)length, before, entries[i].name);
    free(entries);
}

static void print_knobs(const char *typed) {
    for (int i = 0; i < TB_KNOBS && !strchr(typed, '='); i++)
        printf("%s=\n", tb_attribute_info(i)->name);
}

/* The parts of a track from `first` on, with `after` each. */
static void print_parts(TbRole first, const char *before, size_t length, const char *after) {
    for (int role = first; role <= TB_ROLE_DRUMS; role++)
        printf("%.*s%s%s\n", (int)length, before, tb_role_name((TbRole)role), after);
}

/* The part, then a sound or a mix of sounds. */
static void print_parts_sounds(const char *typed) {
    size_t part = strcspn(typed, "=");
    const char *comma = strrchr(typed, ',');
    if (!typed[part])
        print_parts(TB_ROLE_OTHER, "", 0, "=");
    else if (strncmp(typed + part + 1, "preset:", 7) == 0)
        print_presets(typed, part + 8);
    else
        print_sounds(typed, comma ? (size_t)(comma + 1 - typed) : part + 1);
}

static void print_styles(void) {
    for (int i = 0; *tb_compose_style_name(i); i++)
        puts(tb_compose_style_name(i));
}

/* The words of a|b|c. */
static void print_words(const char *words) {
    while (*words) {
        size_t length = strcspn(words, "|");
        printf("%.*s\n", (int)length, words);
        words += length + (words[length] != 0);
    }
}

/* Values of an argument as the help calls it. An instrument may follow "2=", a sound of a mix a comma. */
static void complete_argument(const char *argument, const char *typed) {
    bool mix = strncmp(argument, "SOUND", 5) == 0 || strncmp(argument, "[SOUND", 6) == 0;
    size_t named = strspn(typed, "0123456789");
    size_t start = mix && named && typed[named] == '=' ? named + 1 : 0;
    const char *comma = mix || strchr(argument, ',') ? strrchr(typed, ',') : NULL;
    if (mix && strncmp(typed + start, "preset:", 7) == 0) {
        print_presets(typed, start + 7);
    } else if (takes_sounds(argument)) {
        print_sounds(typed, comma ? (size_t)(comma + 1 - typed) : start);
        if (mix && !comma)
            printf("%.*spreset:\n", (int)start, typed);
    } else if (strcmp(argument, "MODEL") == 0) {
        puts("default");
    } else if (strcmp(argument, "PRESET") == 0) {
        print_presets("", 0);
    } else if (strcmp(argument, "NAME=X") == 0) {
        print_knobs(typed);
    } else if (strcmp(argument, "STYLE") == 0) {
        print_styles();
    } else if (strcmp(argument, "LIST") == 0) {
        const char *last = strrchr(typed, ',');
        print_parts(TB_ROLE_MELODY, typed, last ? (size_t)(last + 1 - typed) : 0, "");
    } else if (strcmp(argument, "PART=SOUND") == 0) {
        print_parts_sounds(typed);
    } else if (strcmp(argument, "DEVICE") == 0) {
        device_names_print();
    } else if (strcmp(argument, "INPUT") == 0) {
        midi_input_names_print();
    }
}

void completion_options(const Command *command) {
    for (size_t i = 0; i < command->n_options; i++)
        printf("--%s\n", command->options[i].name);
}

void completion_after(const Command *command, const char *after, const char *typed) {
    for (size_t i = 0; i < command->n_options; i++) {
        const Option *o = &command->options[i];
        bool is_it = (strncmp(after, "--", 2) == 0 && strcmp(after + 2, o->name) == 0) ||
                     (o->letter && after[0] == '-' && after[1] == o->letter && after[2] == 0);
        bool text = o->kind == OPTION_TEXT || o->kind == OPTION_TEXTS;
        if (is_it && o->kind == OPTION_CHOICE)
            print_words(o->argument);
        else if (is_it && text && strcmp(o->name, "output") != 0 && strcmp(o->name, "record") != 0)
            complete_argument(o->argument, typed);
        if (is_it && o->kind != OPTION_FLAG)
            return;
    }
    complete_argument(command->operands, typed);
    if (strcmp(command->name, "info") == 0)
        complete_argument("MODEL", typed);
}
