/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line's reading of numbers, times, notes, glides, lists and options. */
#include "app/options.h"
#include "app/parse.h"
#include "tests/run_tests.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value; /* NAN: refused */
    } cases[] = {
        {"0.5", 0.5},   {"-3", -3},     {"1e3", 1000}, {".5", 0.5},   {"+2", 2},    {"", NAN},
        {" 1", NAN},    {"1 ", NAN},    {"1,5", NAN},  {"0x10", NAN}, {"inf", NAN}, {"nan", NAN},
        {"1e999", NAN}, {"1.2.3", NAN}, {"-", NAN},    {"e", NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double x = 0;
        bool good = parse_number(cases[i].text, &x);
        if (isnan(cases[i].value) ? good : !good || x != cases[i].value)
            fail_msg("\"%s\" was read as %s %g", cases[i].text, good ? "good," : "bad,", x);
    }
}

static void test_locale_does_not_matter(void **state) {
    (void)state;
    double x = 0;
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is not installed, this checks nothing, and the table above does */
    assert_true(parse_number("0.5", &x) && x == 0.5);
    assert_false(parse_number("0,5", &x));
    setlocale(LC_ALL, "C");
}

static void test_times_and_notes(void **state) {
    (void)state;
    double x = 0;
    assert_true(parse_seconds("90", &x) && x == 90);
    assert_true(parse_seconds("10m", &x) && x == 600);
    assert_true(parse_seconds("1.5h", &x) && x == 5400);
    assert_false(parse_seconds("10 m", &x));
    assert_false(parse_seconds("10min", &x));
    assert_true(parse_note("60", &x) && x == 60);
    assert_true(parse_note("60.5", &x) && x == 60.5);
    assert_true(parse_note("C4", &x) && x == 60);
    assert_true(parse_note("a4", &x) && x == 69);
    assert_true(parse_note("F#3", &x) && x == 54);
    assert_true(parse_note("Bb2", &x) && x == 46);
    assert_true(parse_note("b2", &x) && x == 47);
    assert_true(parse_note("C-1", &x) && x == 0);
    assert_false(parse_note("H3", &x));
    assert_false(parse_note("x3", &x));
    assert_false(parse_note("C", &x));
    assert_false(parse_note("C4x", &x));
    assert_false(parse_note("", &x));
}

static void test_glides_and_lists(void **state) {
    (void)state;
    OptionRange glide;
    OptionList list;
    assert_true(parse_glide("0.25", &glide) && glide.from == 0.25 && glide.to == 0.25);
    assert_true(parse_glide("0..1", &glide) && glide.from == 0 && glide.to == 1);
    assert_true(parse_glide("1..-.5", &glide) && glide.from == 1 && glide.to == -0.5);
    assert_false(parse_glide("0..", &glide));
    assert_false(parse_glide("..1", &glide));
    assert_false(parse_glide("0...1x", &glide));
    assert_true(parse_list("1,2,0.5", &list) && list.n == 3 && list.values[2] == 0.5);
    assert_true(parse_list("7", &list) && list.n == 1);
    assert_false(parse_list("1,", &list));
    assert_false(parse_list(",1", &list));
    char many[400] = "0";
    for (int i = 1; i <= OPTION_LIST_MAX; i++)
        strcat(many, ",1");
    assert_false(parse_list(many, &list)); /* one more than fits */
}

typedef struct {
    bool fast;
    const char *output;
    int steps, bits, most;
    double note, budget;
    OptionRange mix;
    OptionList weights;
} Values;

static const Option options[] = {
    {"fast", 'f', OPTION_FLAG, .help = "", .offset = offsetof(Values, fast)},
    {"output", 'o', OPTION_TEXT, "FILE", .required = true, .help = "", .offset = offsetof(Values, output)},
    {"steps", 0, OPTION_INT, "N", .low = 2, .high = 99, .fallback = "3", .help = "", .offset = offsetof(Values, steps)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "", .offset = offsetof(Values, bits)},
    {"note", 0, OPTION_NOTE, "NOTE", .low = 0, .high = 127, .help = "", .offset = offsetof(Values, note)},
    {"budget", 0, OPTION_SECONDS, "TIME", .fallback = "10m", .help = "", .offset = offsetof(Values, budget)},
    {"mix", 0, OPTION_RANGE, "MIX", .low = 0, .high = 1, .fallback = "0.5", .help = "",
     .offset = offsetof(Values, mix)},
    {"most", 0, OPTION_INT, "N", .low = 1, .high = 2147483647, .help = "", .offset = offsetof(Values, most)},
    {"weights", 0, OPTION_LIST, "W,W", .help = "", .offset = offsetof(Values, weights)},
};

static const Command command = {
    .name = "try",
    .operands = "A B",
    .min_operands = 1,
    .max_operands = 2,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .values_size = sizeof(Values),
};

/* Splits `line` at spaces and parses it. */
static TbStatus parse(const char *line, Values *values, int *n_operands, bool *help) {
    static char copy[300];
    char *argv[40], *operands[40];
    int argc = 0;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return options_parse(&command, argc, argv, values, operands, n_operands, help);
}

static void test_command_lines(void **state) {
    (void)state;
    Values v;
    int n;
    bool help;
    assert_int_equal(parse("a -o x.wav", &v, &n, &help), TB_OK);
    assert_int_equal(n, 1);
    assert_string_equal(v.output, "x.wav");
    assert_true(!v.fast && v.steps == 3 && v.bits == 1 && isnan(v.note) && v.budget == 600 && v.mix.from == 0.5);
    assert_int_equal(parse("--mix=0..1 a -f --bits 32f b -ox.wav --note Eb4 --weights 1,2 --steps 7", &v, &n, &help),
                     TB_OK);
    assert_int_equal(n, 2);
    assert_true(v.fast && v.steps == 7 && v.bits == 2 && v.note == 63 && v.mix.to == 1 && v.weights.n == 2);
    assert_string_equal(v.output, "x.wav");
    assert_int_equal(parse("a -o x -- --fast", &v, &n, &help), TB_OK);
    assert_int_equal(n, 2);
    static const char *const same[] = {"a -o x.wav -b16", "a -o=x.wav -b=16", "a -ox.wav --bits=16",
                                       "a --output=x.wav -b 16"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_int_equal(parse(same[i], &v, &n, &help), TB_OK);
        assert_string_equal(v.output, "x.wav");
        assert_int_equal(v.bits, 0);
    }
    assert_int_equal(parse("--nonsense --help", &v, &n, &help), TB_ERR_ARGUMENT);
    assert_int_equal(parse("a --help --nonsense", &v, &n, &help), TB_OK);
    assert_true(help);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"a", "--output FILE is missing"},
        {"-o x", "A is missing; use it as: timbrel try A B"},
        {"a b c -o x", "\"c\" is one argument too many"},
        {"a -o x --step 3", "did you mean --steps?"},
        {"a -o x --zzz", "`timbrel help try` lists"},
        {"a -o x -z", "There is no option -z"},
        {"a -o x --steps 1", "from 2 to 99, not \"1\""},
        {"a -o x --most 0", "from 1 to 2147483647, not"},
        {"a -o x --steps 2.5", "a whole number"},
        {"a -o x --steps", "wants a whole number"},
        {"a -o x --mix 0..2", "from 0 to 1, not \"0..2\""},
        {"a -o x --mix --fast", "wants a number"},
        {"a -o x --bits 8", "one of 16|24|32f"},
        {"a -o x --weights 1,,2", "with commas between"},
        {"a -o x -o y", "given twice"},
        {"a -o x --fast=1", "takes no value"},
        {"a --output= x", "a text"},
        {"a -o= x", "a text"},
        {"a -o x -f=1", "takes no value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Values v;
        int n;
        bool help;
        assert_int_equal(parse(cases[i].line, &v, &n, &help), TB_ERR_ARGUMENT);
        if (!strstr(tb_error_text(TB_ERR_ARGUMENT), cases[i].says))
            fail_msg("\"%s\" says \"%s\", without \"%s\"", cases[i].line, tb_error_text(TB_ERR_ARGUMENT),
                     cases[i].says);
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_numbers, test_locale_does_not_matter, test_times_and_notes, test_glides_and_lists,
                     test_command_lines, test_refusals);
}
