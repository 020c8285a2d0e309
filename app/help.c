/* SPDX-License-Identifier: GPL-3.0-or-later
 * What options.h can say about itself: the help text of a command, and which word a mistyped one was meant to be. */
#include "app/options.h"

#include <stdio.h>
#include <string.h>

void options_help(const Command *command) {
    printf("%s\n\nUsage: timbrel %s%s%s%s\n", command->summary, command->name, *command->operands ? " " : "",
           command->operands, command->n_options ? " [options]" : "");
    if (command->n_options)
        printf("\nOptions:\n");
    for (size_t i = 0; i < command->n_options; i++) {
        const Option *o = &command->options[i];
        char left[80], letter[8] = "    ";
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-28s %s", left, o->help);
        bool numeric = o->kind != OPTION_FLAG && o->kind != OPTION_TEXT && o->kind != OPTION_CHOICE;
        bool range = numeric && (o->low != 0 || o->high != 0);
        if (o->required)
            printf(" (needed)");
        else if (range && o->fallback)
            printf(" (%.10g to %.10g, default %s)", o->low, o->high, o->fallback);
        else if (range)
            printf(" (%.10g to %.10g)", o->low, o->high);
        else if (o->fallback)
            printf(" (default %s)", o->fallback);
        printf("\n");
    }
    if (command->more)
        printf("\n%s", command->more);
}

/* Edits (change, insert, delete, swap neighbours) from a to b; words are short. */
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
            size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *options_closest(const char *word, const char *(*name)(size_t i, const void *context), const void *context,
                            size_t n) {
    const char *closest = NULL;
    size_t length = strlen(word), best = length < 4 ? 2 : 3; /* must be under */
    for (size_t i = 0; i < n; i++) {
        const char *candidate = name(i, context);
        size_t distance = edits(word, candidate);
        if (length >= 3 && strncmp(word, candidate, length) == 0)
            distance = 1; /* the start of it */
        if (distance < best) {
            best = distance;
            closest = candidate;
        }
    }
    return closest;
}
