/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: command-line options. One table per command describes its options; parsing and help use it. */
#ifndef TIMBREL_APP_OPTIONS_H
#define TIMBREL_APP_OPTIONS_H

#include "timbrel/base.h"

/* What an option takes, and the type of the field it fills in. Fields without a default start as zero; numbers without
 * a default start as NAN, and choices as -1, so that a command can tell "not given". */
typedef enum {
    OPTION_FLAG,    /* nothing                              bool */
    OPTION_TEXT,    /* any text, such as a file name        const char * (NULL: not given) */
    OPTION_TEXTS,   /* the same, any number of times        OptionTexts */
    OPTION_INT,     /* a whole number                       int */
    OPTION_NUMBER,  /* a number                             double */
    OPTION_CHOICE,  /* one of the words in `argument`, a|b  int: which, from 0 */
    OPTION_SECONDS, /* 90, 90s, 10m, 1.5h                   double, seconds */
    OPTION_NOTE,    /* MIDI pitch or name: 60, C4, F#3, Bb2 double, MIDI pitch */
    OPTION_RANGE,   /* a number, or from..to                OptionRange */
    OPTION_LIST,    /* numbers with commas between          OptionList */
} OptionKind;

typedef struct {
    double from, to; /* equal if only one number was given */
} OptionRange;

enum { OPTION_LIST_MAX = 32 };
typedef struct {
    double values[OPTION_LIST_MAX];
    int n;
} OptionList;

typedef struct {
    const char *values[OPTION_LIST_MAX];
    int n;
} OptionTexts;

typedef struct {
    const char *name; /* long form, without dashes */
    char letter;      /* short form, 0: none */
    OptionKind kind;
    const char *argument; /* name of the argument in the help: "FILE"; for a choice the words: "16|24|32f" */
    double low, high;     /* allowed range of numbers; both 0: any */
    const char *fallback; /* default as a user would type it; NULL: none */
    bool required;
    const char *help; /* one line, no full stop */
    size_t offset;    /* offsetof the field in the command's struct of values */
} Option;

/* One command of the program: `timbrel NAME OPERANDS [options]`. */
typedef struct {
    const char *name;
    const char *summary;  /* one line for the list of commands */
    const char *operands; /* as in the usage line: "REF TEST" */
    int min_operands, max_operands;
    const Option *options;
    size_t n_options;
    size_t values_size; /* sizeof the command's struct of values */
    const char *more;   /* further help: paragraphs and examples; may be NULL */
    /* Runs the command. The status determines the exit status, tb_error_text the message. */
    TbStatus (*run)(const void *values, char *const *operands, int n_operands);
} Command;

/* The command that a file's own `Values`, `options` and `run` make, with least to most operands. */
#define COMMAND(name_, summary_, operands_, least, most, more_)                                                        \
    {                                                                                                                  \
        .name = (name_), .summary = (summary_), .operands = (operands_), .min_operands = (least),                      \
        .max_operands = (most), .options = options, .n_options = sizeof options / sizeof options[0],                   \
        .values_size = sizeof(Values), .more = (more_), .run = run                                                     \
    }

/* Reads argv[0..argc) (what follows the command's name) into `values` (command->values_size bytes). `operands` has room
 * for argc pointers into argv. *help is set when --help was asked for. TB_ERR_ARGUMENT with a sentence when the command
 * line is wrong. */
TB_NODISCARD TbStatus options_parse(const Command *command, int argc, char **argv, void *values, char **operands,
                                    int *n_operands, bool *help);

/* Prints the help of a command, made from its table, in lines of HELP_COLUMNS at most. Help texts and `more` may be
 * written in lines of any length: paragraphs are filled; lines that begin with a space are left as they are. */
enum { HELP_COLUMNS = 80 };
void options_help(const Command *command);

/* Prints text word by word, starting in *column; continuation lines are indented by `indent`. */
void help_words(const char *text, int *column, int indent);

/* Writes n names with commas between to `text`, on indented lines of their own of HELP_COLUMNS at most. */
void help_names(const char *(*name)(size_t i, const void *context), const void *context, size_t n, char *text,
                size_t size);

/* The word closest to `word` out of n, or NULL if none is close. For "did you mean". */
const char *options_closest(const char *word, const char *(*name)(size_t i, const void *context), const void *context,
                            size_t n);

#endif
