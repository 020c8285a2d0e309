/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/rhythm_table.h"
#include "bench/program.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_COLUMNS = 32 };

/* Splits a line at its tabs; returns the number of fields. */
static int split(char *line, char *fields[MOST_COLUMNS]) {
    int n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at && n < MOST_COLUMNS;) {
        fields[n++] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = 0;
    }
    return n;
}

/* -1: there is none. */
static int column(char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static void set_title(char *const *fields, int composer, int title, int file, RhythmRow *row) {
    const bool both = composer >= 0 && *fields[composer];
    snprintf(row->title, sizeof row->title, "%s%s%s", both ? fields[composer] : "", both ? ": " : "",
             fields[title >= 0 && *fields[title] ? title : file]);
    if (title < 0)
        row->title[strcspn(row->title, ".")] = 0; /* a file's name, without its ending */
}

void rhythm_table_read(const char *table, void (*use)(void *context, const RhythmRow *row, const TbScore *score),
                       void *context) {
    char line[4096], *fields[MOST_COLUMNS];
    FILE *in = fopen(table, "r");
    if (!in || !fgets(line, sizeof line, in)) {
        fprintf(stderr, "\"%s\" cannot be read.\n", table);
        exit(1);
    }
    const int n = split(line, fields), file = column(fields, n, "file"), part = column(fields, n, "split");
    const int style = column(fields, n, "style"), drummer = column(fields, n, "drummer");
    const int titles = column(fields, n, "title"), title = titles < 0 ? column(fields, n, "groove") : titles;
    const int composer = column(fields, n, "composer");
    const char *slash = strrchr(table, '/');
    if (file < 0 || part < 0) {
        fprintf(stderr, "\"%s\" has no columns \"file\" and \"split\".\n", table);
        exit(1);
    }
    while (fgets(line, sizeof line, in)) {
        RhythmRow row;
        TbScore score;
        if (split(line, fields) != n)
            continue;
        snprintf(row.path, sizeof row.path, "%.*smidi/%s", slash ? (int)(slash - table + 1) : 0, table, fields[file]);
        snprintf(row.split, sizeof row.split, "%s", fields[part]);
        snprintf(row.style, sizeof row.style, "%s", style < 0 ? "" : fields[style]);
        set_title(fields, composer, title, file, &row);
        row.drummer = drummer < 0 ? 0 : atoi(fields[drummer]);
        need(tb_score_read(row.path, &score));
        use(context, &row, &score);
        tb_score_free(&score);
    }
    fclose(in);
}
