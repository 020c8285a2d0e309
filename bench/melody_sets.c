/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/melody_sets.h"

#include <stdio.h>
#include <stdlib.h>

void melody_need(TbStatus status) {
    if (status == TB_OK)
        return;
    fprintf(stderr, "%s\n", tb_error_text(status));
    exit(1);
}

void melody_set_read(const char *folder, const char *list, TbMelodySet *set, bool held_out) {
    char path[8192], line[4096];
    snprintf(path, sizeof path, "%s/%s.txt", folder, list);
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "\"%s\" cannot be read.\n", path);
        exit(1);
    }
    while (fgets(line, sizeof line, file)) {
        TbScore score;
        line[strcspn(line, "\r\n")] = 0;
        snprintf(path, sizeof path, "%s/%s", folder, line);
        melody_need(tb_score_read(path, &score));
        melody_need(tb_melody_set_add(set, &score, held_out, NULL));
        tb_score_free(&score);
    }
    fclose(file);
}
