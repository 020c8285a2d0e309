/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The `timbrel` program: finds the command, parses its options, runs it, and turns its status into a message and an
 * exit status. */
#include "app/commands.h"
#include "app/completion.h"
#include "app/progress.h"
#include "app/standard_streams.h"
#include "base/io_error.h"
#include "timbrel/presets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

static const Command *const commands[] = {
#define COMMAND_ADDRESS(name) &cmd_##name,
    COMMANDS(COMMAND_ADDRESS)
#undef COMMAND_ADDRESS
};
static const size_t n_commands = sizeof commands / sizeof commands[0];

static const char *const others[] = {"--help", "--version", "help"};

/* Of a command, and then of what else the first word can be. */
static const char *first_word(size_t i, const void *unused) {
    (void)unused;
    return i < n_commands ? commands[i]->name : others[i - n_commands];
}

static const Command *find_command(const char *name) {
    for (size_t i = 0; i < n_commands; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int unknown_command(const char *name) {
    const char *kind = name[0] == '-' ? "option" : "command";
    const char *close = options_closest(name, first_word, NULL, n_commands + sizeof others / sizeof others[0]);
    if (close)
        fprintf(stderr, "timbrel: There is no %s \"%s\"; did you mean \"%s\"?\n", kind, name, close);
    else
        fprintf(stderr, "timbrel: There is no %s \"%s\"; `timbrel --help` lists the commands.\n", kind, name);
    return EXIT_USAGE;
}

static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int help(void) {
    printf("Timbrel %s: neural synthesizer. Morph and play sounds, compose tracks.\n\nUsage: timbrel COMMAND ... "
           "[options]\n\nCommands:\n",
           tb_version());
    for (size_t i = 0; i < n_commands; i++) {
        int column = printf("  %-10s ", commands[i]->name);
        help_words(commands[i]->summary, &column, column);
        printf("\n");
    }
    printf("\nBuilt-in sounds:\n  ");
    for (size_t i = 0, column = 2; i < tb_bundled_count(); i++) {
        int at = (int)column;
        help_words(tb_bundled_name(i), &at, 2);
        column = (size_t)at;
    }
    printf("\n\nFor example:\n"
           "  timbrel morph flute trumpet -o halfway.wav\n"
           "  timbrel play piano\n"
           "  timbrel compose -o track.wav\n"
           "\n`timbrel help COMMAND` explains a command; `timbrel --version` prints the\n"
           "version.\n");
    return EXIT_SUCCESS;
}

static int help_of(const char *name) {
    const Command *command = find_command(name);
    if (!command)
        return unknown_command(name);
    options_help(command);
    return EXIT_SUCCESS;
}

/* --complete: lists commands. --complete COMMAND: lists its options. --complete COMMAND WORD [TYPED]: lists what can
 * follow WORD, which is an option, an operand or the command itself, and what completes TYPED there. */
static int complete(const char *name, const char *after, const char *typed) {
    const Command *command = name ? find_command(name) : NULL;
    for (size_t i = 0; !name && i < n_commands; i++)
        puts(commands[i]->name);
    if (command && after)
        completion_after(command, after, typed);
    else if (command)
        completion_options(command);
    return EXIT_SUCCESS;
}

/* Prints the error, if any, and returns the exit status. */
static int conclude(TbStatus status) {
    if (status == TB_OK)
        return EXIT_SUCCESS;
    if (status == TB_ERR_CANCELLED && progress_interrupted()) {
        fprintf(stderr, "timbrel: Stopped.\n");
        return EXIT_INTERRUPTED;
    }
    char text[2000];
    snprintf(text, sizeof text, "%s", tb_error_text(status));
    standard_input_rename(text);
    fprintf(stderr, "timbrel: %s\n", text);
    return status == TB_ERR_ARGUMENT ? EXIT_USAGE : EXIT_FAILURE;
}

static int run(const Command *command, int argc, char **argv) {
    int n_operands;
    bool wants_help;
    void *values = calloc(1, command->values_size + 1);
    char **operands = calloc((size_t)argc + 1, sizeof *operands);
    int exit_status = EXIT_FAILURE;
    if (!values || !operands) {
        fprintf(stderr, "timbrel: %s\n", tb_status_text(TB_ERR_NO_MEMORY));
    } else {
        TbStatus status = options_parse(command, argc, argv, values, operands, &n_operands, &wants_help);
        if (status == TB_OK && wants_help) {
            options_help(command);
        } else if (status == TB_OK && (status = standard_input_open(operands, n_operands)) == TB_OK) {
            progress_catch_signals();
            status = command->run(values, operands, n_operands);
        }
        exit_status = conclude(status);
    }
    free(operands);
    free(values);
    return exit_status;
}

static int dispatch(int argc, char **argv) {
    if (argc < 2) {
        help();
        return EXIT_USAGE;
    }
    const char *word = argv[1], *next = argc > 2 ? argv[2] : NULL;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("timbrel %s\n", tb_version());
        return EXIT_SUCCESS;
    }
    if (asks_for_help(word))
        return next && !asks_for_help(next) ? help_of(next) : help();
    if (strcmp(word, "--complete") == 0)
        return complete(next, argc > 3 ? argv[3] : NULL, argc > 4 ? argv[4] : "");
    const Command *command = find_command(word);
    return command ? run(command, argc - 2, argv + 2) : unknown_command(word);
}

int main(int argc, char **argv) {
    int exit_status = dispatch(argc, argv);
    bool failed = ferror(stdout); /* earlier, for a reason that is no longer known */
    errno = 0;
    if (fflush(stdout) == 0 && !failed)
        return exit_status;
    fprintf(stderr, "timbrel: Cannot write to standard output: %s.\n", io_error_text(errno));
    return EXIT_FAILURE;
}
