/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measures of many MIDI files, one line each, as CSV; their distance from a reference; what of them stands in a
 * training set.
 *
 *   score_measures [--scope auto|melody|all] LIST [--ref LIST] [--train LIST]
 *
 * A LIST is a file of paths, one a line, relative to its own folder; what follows a tab is not read. */
#include "bench/program.h"
#include "timbrel/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    char **path; /* [n], owned */
    TbScore *score;
    size_t n;
} Set;

static void fail(TbStatus status) {
    if (status == TB_OK)
        return;
    fprintf(stderr, "%s\n", tb_error_text(status));
    exit(1);
}

static void *need_memory(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static void set_add(Set *set, const char *path) {
    TbScore score;
    TbStatus status = tb_score_read(path, &score);
    if (status) {
        fprintf(stderr, "%s\n", tb_error_text(status));
        return;
    }
    set->path = need_memory(realloc(set->path, (set->n + 1) * sizeof *set->path));
    set->score = need_memory(realloc(set->score, (set->n + 1) * sizeof *set->score));
    set->path[set->n] = need_memory(strdup(path));
    set->score[set->n++] = score;
}

static Set set_read(const char *list) {
    Set set = {0};
    char line[4096], path[8192];
    FILE *file = fopen(list, "r");
    const char *slash = strrchr(list, '/');
    if (!file) {
        fprintf(stderr, "Cannot open %s.\n", list);
        exit(1);
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\t\r\n")] = 0;
        if (!*line || *line == '#')
            continue;
        snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - list + 1) : 0, list, line);
        set_add(&set, path);
    }
    fclose(file);
    return set;
}

static void set_free(Set *set) {
    for (size_t i = 0; i < set->n; i++) {
        free(set->path[i]);
        tb_score_free(&set->score[i]);
    }
    free(set->path);
    free(set->score);
}

static TbCopyIndex *index_of(const Set *train) {
    TbCopyIndex *index;
    fail(tb_copy_index_new(&index));
    for (size_t i = 0; i < train->n; i++)
        fail(tb_copy_index_add(index, train->path[i], &train->score[i]));
    return index;
}

static void print_measures(const Set *set, TbScope scope, const Set *train) {
    TbCopyIndex *index = train->n ? index_of(train) : NULL;
    printf("file,key,ends_on_bar,copied_run,drum_run,unclosed,stray_offs,zero_length,overlaps,open_tracks");
#define PRINT_NAME(name) printf("," #name);
    TB_MEASURES(PRINT_NAME)
    printf("\n");
    for (size_t i = 0; i < set->n; i++) {
        TbMeasures m;
        TbCopied copied = {.run = NAN, .drum_run = NAN};
        char key[TB_CHORD_TEXT];
        const TbScoreFaults *f = &set->score[i].faults;
        fail(tb_score_measure(&set->score[i], scope, &m));
        if (index)
            fail(tb_copy_index_find(index, &set->score[i], &copied));
        tb_key_name(m.key, key);
        printf("%s,%s,%d,%g,%g,%zu,%zu,%zu,%zu,%zu", set->path[i], key, m.ends_on_bar, copied.run, copied.drum_run,
               f->unclosed, f->stray_offs, f->zero_length, f->overlaps, f->open_tracks);
#define PRINT_VALUE(name) printf(",%.9g", m.name);
        TB_MEASURES(PRINT_VALUE)
        printf("\n");
    }
    tb_copy_index_free(index);
}

static size_t styles_of(Set *set, TbScope scope, TbStyle *styles) {
    size_t n = 0, most;
    const char **names = need_memory(malloc((set->n + 1) * sizeof *names));
    for (size_t i = 0; i < set->n; i++)
        names[i] = set->path[i];
    most = tb_style_pick(names, set->n);
    for (size_t k = 0; k < most; k++)
        for (size_t i = 0; i < set->n; i++)
            if (set->path[i] == names[k] && tb_score_style(&set->score[i], scope, &styles[n]) == TB_OK)
                n++;
    free(names);
    return n;
}

static void print_distance(Set *set, Set *reference, TbScope scope) {
    TbStyle *styles = need_memory(malloc(2 * TB_STYLE_PIECES * sizeof *styles));
    TbStyleDistance d;
    size_t n = styles_of(set, scope, styles), m = styles_of(reference, scope, styles + TB_STYLE_PIECES);
    fail(tb_style_compare(styles, n, styles + TB_STYLE_PIECES, m, &d));
    for (int f = 0; f < TB_STYLE_FEATURES; f++)
        printf("against_ref,%s,%.9f,%.9f,%.9f,%.9f,%.9f\n", tb_style_feature(f), d.oa[f], d.kl[f], d.oa_ref[f],
               d.kl_ref[f], d.shift[f]);
    printf("against_ref,mean,%.9f,%.9f\n", d.mean_oa, d.mean_kl);
    free(styles);
}

int main(int argc, char **argv) {
    static const char *const scopes[] = {"auto", "melody", "all"};
    Set set = {0}, reference = {0}, train = {0};
    int scope = TB_SCOPE_AUTO;
    for (int i = 1; i < argc; i++) {
        bool pair = argv[i][0] == '-' && i + 1 < argc;
        if (pair && strcmp(argv[i], "--scope") == 0)
            for (scope = 2, i++; scope > 0 && strcmp(argv[i], scopes[scope]) != 0; scope--)
                ;
        else if (pair && strcmp(argv[i], "--ref") == 0)
            reference = set_read(argv[++i]);
        else if (pair && strcmp(argv[i], "--train") == 0)
            train = set_read(argv[++i]);
        else
            set = set_read(argv[i]);
    }
    usage_if(set.n == 0, "score_measures [--scope auto|melody|all] LIST [--ref LIST] [--train LIST]");
    print_measures(&set, (TbScope)scope, &train);
    if (reference.n)
        print_distance(&set, &reference, (TbScope)scope);
    set_free(&set);
    set_free(&reference);
    set_free(&train);
    return 0;
}
