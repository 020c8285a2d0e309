/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/piano_rolls.h"
#include "base/no_memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static TbStatus damaged(size_t line) {
    return tb_fail(TB_ERR_FORMAT, "This file is not a list of piano rolls: line %zu cannot be read.", line);
}

/* The keys of one line, up to its end; returns the number, or -1. */
static int read_keys(char *line, uint8_t keys[KEYS]) {
    int n = 0;
    for (char *at = line, *end;; at = end) {
        while (*at == ' ')
            at++;
        if (*at == '\n' || *at == '\0')
            return n;
        long key = strtol(at, &end, 10) - LOWEST_KEY;
        if (end == at || key < 0 || key >= KEYS || n == KEYS || (n && key <= keys[n - 1]))
            return -1;
        keys[n++] = (uint8_t)key;
    }
}

static TbStatus read_roll(FILE *file, size_t *line_number, Roll *roll) {
    char line[512];
    uint8_t keys[KEYS];
    size_t n_notes = 0;
    roll->start = calloc(roll->n_frames + 1, sizeof *roll->start);
    roll->note = malloc(roll->n_frames * KEYS + 1);
    if (!roll->start || !roll->note)
        return tbi_no_memory("for the piano rolls");
    for (size_t t = 0; t < roll->n_frames; t++) {
        ++*line_number;
        int n = fgets(line, sizeof line, file) ? read_keys(line, keys) : -1;
        if (n < 0)
            return damaged(*line_number);
        memcpy(roll->note + n_notes, keys, (size_t)n);
        n_notes += (size_t)n;
        roll->start[t + 1] = n_notes;
    }
    uint8_t *tight = realloc(roll->note, n_notes + 1);
    roll->note = tight ? tight : roll->note;
    return TB_OK;
}

static TbStatus read_all(FILE *file, Rolls *rolls) {
    static const char *const names[SPLITS] = {"train", "valid", "test"};
    char line[512], split[16];
    size_t line_number = 0;
    while (fgets(line, sizeof line, file)) {
        Roll roll = {.split = SPLITS};
        line_number++;
        if (sscanf(line, "%15s %*u %zu", split, &roll.n_frames) != 2 || roll.n_frames > 1u << 20)
            return damaged(line_number);
        for (int i = 0; i < SPLITS; i++)
            roll.split = strcmp(split, names[i]) == 0 ? (Split)i : roll.split;
        if (roll.split == SPLITS)
            return damaged(line_number);
        Roll *more = realloc(rolls->roll, (rolls->n + 1) * sizeof *more);
        if (!more)
            return tbi_no_memory("for the piano rolls");
        rolls->roll = more;
        rolls->roll[rolls->n] = roll;
        TbStatus status = read_roll(file, &line_number, &rolls->roll[rolls->n++]);
        if (status != TB_OK)
            return status;
    }
    return rolls->n ? TB_OK : tb_fail(TB_ERR_EMPTY, "This file holds no piano rolls.");
}

TbStatus rolls_read(const char *path, Rolls *rolls) {
    *rolls = (Rolls){0};
    FILE *file = fopen(path, "r");
    if (!file)
        return tb_fail(TB_ERR_NOT_FOUND, "\"%s\" cannot be opened.", path);
    TbStatus status = tb_fail_in(read_all(file, rolls), path);
    fclose(file);
    if (status != TB_OK)
        rolls_free(rolls);
    return status;
}

void rolls_free(Rolls *rolls) {
    for (size_t i = 0; i < rolls->n; i++) {
        free(rolls->roll[i].start);
        free(rolls->roll[i].note);
    }
    free(rolls->roll);
    *rolls = (Rolls){0};
}
