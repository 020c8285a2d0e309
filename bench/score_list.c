/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/score_list.h"

#include <stdio.h>
#include <stdlib.h>

static void stop(const char *sentence) {
    fprintf(stderr, "%s\n", sentence);
    exit(1);
}

void score_list_each(const char *list, ScoreTake *take, void *context) {
    char path[8192], line[4096];
    const char *slash = strrchr(list, '/');
    FILE *file = fopen(list, "r");
    if (!file) {
        snprintf(path, sizeof path, "\"%s\" cannot be read.", list);
        stop(path);
    }
    while (fgets(line, sizeof line, file)) {
        TbScore score;
        line[strcspn(line, "\t\r\n")] = 0;
        snprintf(path, sizeof path, "%.*s%s", slash && *line != '/' ? (int)(slash - list) + 1 : 0, list, line);
        const TbStatus status = tb_score_read(path, &score);
        if (status)
            stop(tb_error_text(status));
        take(context, path, &score);
        tb_score_free(&score);
    }
    fclose(file);
}

void score_folder_each(const char *folder, const char *list, ScoreTake *take, void *context) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.txt", folder, list);
    score_list_each(path, take, context);
}
