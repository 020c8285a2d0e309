/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/options.h"
#include "app/numbers.h"
#include "app/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_range(const Option *option) {
    return option->low != 0 || option->high != 0;
}

static bool in_range(const Option *option, double x) {
    return !has_range(option) || (x >= option->low && x <= option->high);
}

/* What an option expects, for messages. */
static const char *wanted(const Option *option) {
    static char text[200];
    char low[40], high[40];
    static const char *const kinds[] = {
        [OPTION_FLAG] = "nothing",
        [OPTION_TEXT] = "a text",
        [OPTION_TEXTS] = "a text",
        [OPTION_INT] = "a whole number",
        [OPTION_NUMBER] = "a number such as 0.5",
        [OPTION_CHOICE] = "one of",
        [OPTION_SECONDS] = "a time such as 90s, 10m or 1.5h",
        [OPTION_NOTE] = "a note such as C4, F#3 or 60",
        [OPTION_RANGE] = "a number such as 0.5, or a glide such as 0..1",
        [OPTION_LIST] = "numbers with commas between, such as 1,2,0.5",
    };
    const char *unit = option->kind == OPTION_SECONDS ? " s" : "";
    number_text(option->low, 10, 10, low, sizeof low);
    number_text(option->high, 10, 10, high, sizeof high);
    if (option->kind == OPTION_CHOICE)
        snprintf(text, sizeof text, "one of %s", option->argument);
    else if (option->kind != OPTION_TEXT && option->kind != OPTION_TEXTS && has_range(option))
        snprintf(text, sizeof text, "%s, from %s to %s%s", kinds[option->kind], low, high, unit);
    else
        snprintf(text, sizeof text, "%s", kinds[option->kind]);
    return text;
}

/* Parses `text` into the option's field. */
static bool set_value(const Option *option, const char *text, void *values) {
    void *field = (char *)values + option->offset;
    double *number = field;
    OptionRange *glide = field;
    OptionList *list = field;
    OptionTexts *texts = field;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case OPTION_TEXT:
        *(const char **)field = text;
        return text[0] != 0;
    case OPTION_TEXTS:
        if (texts->n == OPTION_LIST_MAX)
            return false;
        texts->values[texts->n++] = text;
        return text[0] != 0;
    case OPTION_INT:
        return parse_int(text, field) && in_range(option, *(int *)field);
    case OPTION_CHOICE:
        return parse_choice(text, option->argument, field);
    case OPTION_NUMBER:
        return parse_number(text, number) && in_range(option, *number);
    case OPTION_SECONDS:
        return parse_seconds(text, number) && in_range(option, *number);
    case OPTION_NOTE:
        return parse_note(text, number) && in_range(option, *number);
    case OPTION_RANGE:
        return parse_glide(text, glide) && in_range(option, glide->from) && in_range(option, glide->to);
    case OPTION_LIST:
        if (!parse_list(text, list))
            return false;
        for (int i = 0; i < list->n; i++)
            if (!in_range(option, list->values[i]))
                return false;
        return true;
    }
    return false;
}

static void set_default(const Option *option, void *values) {
    void *field = (char *)values + option->offset;
    if (option->fallback)
        set_value(option, option->fallback, values);
    else if (option->kind == OPTION_NUMBER || option->kind == OPTION_SECONDS || option->kind == OPTION_NOTE)
        *(double *)field = NAN;
    else if (option->kind == OPTION_RANGE)
        *(OptionRange *)field = (OptionRange){NAN, NAN};
    else if (option->kind == OPTION_CHOICE)
        *(int *)field = -1;
}

static const char *option_name(size_t i, const void *options) {
    return ((const Option *)options)[i].name;
}

static const Option *find_long(const Command *command, const char *name, size_t length) {
    for (size_t i = 0; i < command->n_options; i++)
        if (strlen(command->options[i].name) == length && memcmp(command->options[i].name, name, length) == 0)
            return &command->options[i];
    return NULL;
}

static const Option *find_letter(const Command *command, char letter) {
    for (size_t i = 0; i < command->n_options; i++)
        if (command->options[i].letter && command->options[i].letter == letter)
            return &command->options[i];
    return NULL;
}

static TbStatus unknown(const Command *command, const char *word) {
    char name[64];
    size_t dashes = strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + dashes, "="), word + dashes);
    const char *close = options_closest(name, option_name, command->options, command->n_options);
    if (close)
        return tb_fail(TB_ERR_ARGUMENT, "There is no option %s; did you mean --%s?", word, close);
    return tb_fail(TB_ERR_ARGUMENT, "There is no option %s; `timbrel help %s` lists the options.", word, command->name);
}

/* A dash followed by a digit or a decimal point is a negative number, not an option. */
static bool is_option(const char *word) {
    return word[0] == '-' && word[1] && !strchr("0123456789.", word[1]);
}

/* Handles the option at argv[*i]; advances *i if its argument is a separate word. */
static TbStatus take_option(const Command *command, int argc, char **argv, int *i, void *values, bool *seen) {
    const char *word = argv[*i], *text = NULL;
    const Option *option;
    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        option = find_long(command, word + 2, length);
        text = word[2 + length] == '=' ? word + 3 + length : NULL;
    } else {
        option = find_letter(command, word[1]);
        text = word[2] == '=' ? word + 3 : word[2] ? word + 2 : NULL; /* -o=x means the same as --output=x */
    }
    if (!option)
        return unknown(command, word);
    if (option->kind == OPTION_FLAG && text)
        return tb_fail(TB_ERR_ARGUMENT, "--%s takes no value.", option->name);
    if (seen[option - command->options] && option->kind != OPTION_TEXTS)
        return tb_fail(TB_ERR_ARGUMENT, "--%s is given twice; give it once.", option->name);
    seen[option - command->options] = true;
    if (option->kind != OPTION_FLAG && !text) {
        if (*i + 1 >= argc || (is_option(argv[*i + 1]) && option->kind != OPTION_TEXT && option->kind != OPTION_TEXTS))
            return tb_fail(TB_ERR_ARGUMENT, "--%s wants %s after it.", option->name, wanted(option));
        text = argv[++*i];
    }
    if (!set_value(option, text, values))
        return tb_fail(TB_ERR_ARGUMENT, "--%s wants %s, not \"%s\".", option->name, wanted(option), text);
    return TB_OK;
}

/* Names the first missing operand as the usage line does. */
static TbStatus missing(const Command *command, int n_operands) {
    const char *name = command->operands;
    for (int i = 0; i < n_operands; i++)
        name += strcspn(name, " ") + strspn(name + strcspn(name, " "), " ");
    return tb_fail(TB_ERR_ARGUMENT, "%.*s is missing; use it as: timbrel %s %s", (int)strcspn(name, ". "), name,
                   command->name, command->operands);
}

static TbStatus check_complete(const Command *command, const bool *seen, int n_operands, char **operands) {
    if (n_operands < command->min_operands)
        return missing(command, n_operands);
    if (n_operands > command->max_operands)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is one argument too many; use it as: timbrel %s %s",
                       operands[command->max_operands], command->name, command->operands);
    for (size_t i = 0; i < command->n_options; i++)
        if (command->options[i].required && !seen[i])
            return tb_fail(TB_ERR_ARGUMENT, "--%s %s is missing: %s.", command->options[i].name,
                           command->options[i].argument, command->options[i].help);
    return TB_OK;
}

TbStatus options_parse(const Command *command, int argc, char **argv, void *values, char **operands, int *n_operands,
                       bool *help) {
    bool seen[64] = {false};
    bool only_operands = false;
    *n_operands = 0;
    *help = false;
    if (command->n_options > sizeof seen)
        return tb_fail(TB_ERR_UNSUPPORTED, "%s has too many options in its table.", command->name);
    memset(values, 0, command->values_size);
    for (size_t i = 0; i < command->n_options; i++)
        set_default(&command->options[i], values);
    for (int i = 0; i < argc; i++) {
        if (only_operands || !is_option(argv[i])) {
            operands[(*n_operands)++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *help = true;
            return TB_OK;
        } else {
            TbStatus status = take_option(command, argc, argv, &i, values, seen);
            if (status)
                return status;
        }
    }
    return check_complete(command, seen, *n_operands, operands);
}
