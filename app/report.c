/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/report.h"
#include "app/json_text.h"
#include "app/options.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Description of each metric, and whether the table of many pairs shows it. By the metric's name. */
typedef struct {
    const char *name, *words;
    bool in_table;
} Column;

static const Column columns[] = {
    {"mss", "multi-scale spectral distance", true},
    {"mss_lin", "its linear half", false},
    {"mss_log", "its logarithmic half", false},
    {"lsd", "spectrum", true},
    {"mel_lsd", "spectrum in the ear's bands", true},
    {"mcd", "timbre (mel cepstrum)", true},
    {"f0_err", "of frames over 50 cents off pitch", false},
    {"f0_miss", "of frames without the pitch", false},
    {"f0_bad", "of frames off pitch or without it", true},
    {"loud", "loudness over time", true},
    {"attack", "difference of the attack's length", true},
    {"attack_signed", "how much longer the attack is", false},
    {"attack_ref", "the reference's attack", false},
};

static const Column *column_of(size_t metric) {
    static const Column other = {"", "", false};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(columns[i].name, tb_metric_name(metric)) == 0)
            return &columns[i];
    return &other;
}

static bool shown(size_t metric, bool all) {
    return all || column_of(metric)->in_table;
}

static void print_cell(double x, int width) {
    if (isfinite(x))
        printf(" %*.*f", width, fabs(x) < 100 ? 2 : 1, x);
    else
        printf(" %*s", width, "-");
}

static int cell_width(size_t metric) {
    int n = (int)strlen(tb_metric_name(metric));
    return n < 7 ? 7 : n;
}

static void report_one(const Pair *pair) {
    printf("%s\ncompared with\n%s\n\n", pair->test, pair->reference);
    for (size_t i = 0; i < TB_N_METRICS; i++) {
        printf("  %-14s", tb_metric_name(i));
        print_cell(tb_metric_value(&pair->result, i), 8);
        printf(" %-3s %s\n", tb_metric_unit(i), column_of(i)->words);
    }
}

static void report_missing(const Pairs *pairs) {
    enum { SHOWN = 10 };
    if (pairs->n_missing == 0)
        return;
    printf("\n");
    int column = printf("%zu not compared, having no partner:", pairs->n_missing);
    for (size_t i = 0; i < pairs->n_missing && i < SHOWN; i++)
        help_words(pairs->missing[i], &column, 2);
    help_words(pairs->n_missing > SHOWN ? "..." : "", &column, 2);
    printf("\n");
}

TbStatus report_text(const Pairs *pairs, bool all) {
    int width = 8; /* width of the names */
    if (pairs->n == 1 && pairs->n_missing == 0 && pairs->n_failed == 0) {
        report_one(&pairs->items[0]);
        return TB_OK;
    }
    for (size_t i = 0; i < pairs->n; i++) {
        int n = (int)strlen(pairs->items[i].name);
        width = n > width ? n : width;
    }
    printf("%-*s", width, "");
    for (size_t m = 0; m < TB_N_METRICS; m++)
        if (shown(m, all))
            printf(" %*s", cell_width(m), tb_metric_name(m));
    printf("\n%-*s", width, "");
    for (size_t m = 0; m < TB_N_METRICS; m++)
        if (shown(m, all))
            printf(" %*s", cell_width(m), tb_metric_unit(m));
    printf("\n");
    for (size_t i = 0; i < pairs->n; i++) {
        printf("%-*s", width, pairs->items[i].name);
        for (size_t m = 0; m < TB_N_METRICS; m++)
            if (shown(m, all))
                print_cell(tb_metric_value(&pairs->items[i].result, m), cell_width(m));
        printf("\n");
    }
    for (int row = 0; row < 2; row++) {
        printf("%s%-*s", row == 0 ? "\n" : "", width, row == 0 ? "mean" : "median");
        for (size_t m = 0; m < TB_N_METRICS; m++) {
            Summary summary;
            TbStatus status = pairs_summary(pairs, m, &summary);
            if (status)
                return status;
            if (shown(m, all))
                print_cell(row == 0 ? summary.mean : summary.median, cell_width(m));
        }
        printf("\n");
    }
    report_missing(pairs);
    return TB_OK;
}

/* JSON has no NaN: writes null. */
static json_t *number(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

/* Takes ownership of all references, even on failure. */
static json_t *root_object(json_t *parts[], const char *const *keys, size_t n) {
    json_t *root = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(root, keys[i], parts[i]);
    return root;
}

TbStatus report_json(const Pairs *pairs, const char *reference, const char *test) {
    json_t *mean = json_object(), *median = json_object(), *count = json_object();
    json_t *list = json_array(), *missing = json_array();
    for (size_t m = 0; m < TB_N_METRICS; m++) {
        Summary summary;
        if (pairs_summary(pairs, m, &summary))
            summary = (Summary){NAN, NAN, 0};
        json_object_set_new(mean, tb_metric_name(m), number(summary.mean));
        json_object_set_new(median, tb_metric_name(m), number(summary.median));
        json_object_set_new(count, tb_metric_name(m), json_integer((json_int_t)summary.n));
    }
    for (size_t i = 0; i < pairs->n; i++) {
        json_t *pair = json_object();
        json_object_set_new(pair, "file", json_text(pairs->items[i].name));
        for (size_t m = 0; m < TB_N_METRICS; m++)
            json_object_set_new(pair, tb_metric_name(m), number(tb_metric_value(&pairs->items[i].result, m)));
        json_array_append_new(list, pair);
    }
    for (size_t i = 0; i < pairs->n_missing; i++)
        json_array_append_new(missing, json_text(pairs->missing[i]));

    static const char *const keys[] = {"ref",           "test", "n",      "failed",  "missing",
                                       "missing_files", "mean", "median", "n_valid", "pairs"};
    json_t *parts[] = {json_text(reference),
                       json_text(test),
                       json_integer((json_int_t)pairs->n),
                       json_integer((json_int_t)pairs->n_failed),
                       json_integer((json_int_t)pairs->n_missing),
                       missing,
                       mean,
                       median,
                       count,
                       list};
    json_t *root = root_object(parts, keys, sizeof keys / sizeof keys[0]);
    int failed = json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(8));
    printf("\n");
    json_decref(root);
    return failed ? tbi_no_memory("for the JSON text") : TB_OK;
}
