/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help text of a command, and suggestions for mistyped words. */
#include "app/numbers.h"
#include "app/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- wrapping to 80 columns ---- */

void help_words(const char *text, int *column, int indent) {
    bool begins = *column <= indent;
    while (*(text += strspn(text, " \n"))) {
        int length = (int)strcspn(text, " \n"), letters = 0;
        for (int i = 0; i < length; i++)
            letters += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (!begins && *column + 1 + letters > HELP_COLUMNS) {
            printf("\n%*s", indent, "");
            *column = indent;
        } else if (!begins) {
            printf(" ");
            ++*column;
        }
        printf("%.*s", length, text);
        *column += letters;
        text += length;
        begins = false;
    }
}

void help_names(const char *(*name)(size_t i, const void *context), const void *context, size_t n, char *text,
                size_t size) {
    size_t at = 0, column = HELP_COLUMNS;
    text[0] = 0;
    for (size_t i = 0; i < n && at < size; i++) {
        size_t length = strlen(name(i, context));
        bool fits = column + 1 + length + 1 <= HELP_COLUMNS;
        column = fits ? column + 1 + length + 1 : 2 + length + 1;
        at += (size_t)snprintf(text + at, size - at, "%s%s%s", fits ? " " : "\n  ", name(i, context),
                               i + 1 < n ? "," : "");
    }
}

/* Fills paragraphs; leaves empty lines and lines that begin with a space, such as examples, unchanged. */
static void paragraphs(const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (length == 0 || *text == ' ') {
            printf("%.*s\n", (int)length, text);
            text += length + (text[length] == '\n');
            continue;
        }
        const char *end = text;
        while (*end && *end != '\n' && *end != ' ') {
            end += strcspn(end, "\n");
            end += *end == '\n';
        }
        char *paragraph = strndup(text, (size_t)(end - text));
        int column = 0;
        if (paragraph)
            help_words(paragraph, &column, 0);
        printf("\n");
        free(paragraph);
        text = end;
    }
}

/* Range and default of an option, after its help. */
static void limits(const Option *o, char *text, size_t size) {
    bool numeric = o->kind != OPTION_FLAG && o->kind != OPTION_TEXT && o->kind != OPTION_CHOICE;
    bool range = numeric && (o->low != 0 || o->high != 0);
    char low[32], high[32];
    const char *unit = o->kind == OPTION_SECONDS ? " s" : "";
    number_text(o->low, 10, 10, low, sizeof low);
    number_text(o->high, 10, 10, high, sizeof high);
    text[0] = 0;
    if (o->required)
        snprintf(text, size, "(required)");
    else if (range && o->fallback)
        snprintf(text, size, "(%s to %s%s, default %s)", low, high, unit, o->fallback);
    else if (range)
        snprintf(text, size, "(%s to %s%s)", low, high, unit);
    else if (o->fallback)
        snprintf(text, size, "(default %s)", o->fallback);
}

void options_help(const Command *command) {
    enum { HELP_AT = 31 };
    int column = 0;
    help_words(command->summary, &column, 0);
    printf("\n\n");
    column = printf("Usage: timbrel %s", command->name);
    help_words(command->operands, &column, 15);
    help_words(command->n_options ? "[options]" : "", &column, 15);
    printf("\n");
    if (command->n_options)
        printf("\nOptions:\n");
    for (size_t i = 0; i < command->n_options; i++) {
        const Option *o = &command->options[i];
        char left[80], letter[8] = "    ", after[128];
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-28s ", left);
        column = HELP_AT;
        if (strlen(left) > 28)
            printf("\n%*s", HELP_AT, "");
        help_words(o->help, &column, HELP_AT);
        limits(o, after, sizeof after);
        help_words(after, &column, HELP_AT);
        printf("\n");
    }
    if (command->more) {
        printf("\n");
        paragraphs(command->more);
    }
}

static bool same(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Damerau-Levenshtein distance (optimal string alignment) of two short words. */
static size_t edits(const char *a, const char *b) {
    enum { MAX = 40 };
    size_t d[MAX + 1][MAX + 1], n = strlen(a), m = strlen(b);
    if (n > MAX || m > MAX)
        return MAX;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            size_t best = d[i - 1][j - 1] + !same(a[i - 1], b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *options_closest(const char *word, const char *(*name)(size_t i, const void *context), const void *context,
                            size_t n) {
    const char *closest = NULL;
    size_t length = strlen(word), best = length < 4 ? 2 : 3; /* distance must be below this */
    for (size_t i = 0; i < n; i++) {
        const char *candidate = name(i, context);
        size_t distance = edits(word, candidate);
        if (length >= 3 && strncasecmp(word, candidate, length) == 0)
            distance = 1; /* `word` is a prefix */
        if (distance < best) {
            best = distance;
            closest = candidate;
        }
    }
    return closest;
}
