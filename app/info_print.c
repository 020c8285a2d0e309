/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/info.h"
#include "app/numbers.h"
#include "app/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ITEMS_SHOWN = 16 };

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

void info_print(const char *title, const Info *info) {
    const char *key;
    json_t *value;
    printf("%s\n", title);
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
