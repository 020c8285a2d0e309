/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary folder for tests that write files, removed at the end with its contents. */
#ifndef TIMBREL_TESTS_SCRATCH_FOLDER_H
#define TIMBREL_TESTS_SCRATCH_FOLDER_H

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char path[64];
} ScratchFolder;

static inline bool scratch_new(ScratchFolder *f) {
    snprintf(f->path, sizeof f->path, "/tmp/timbrel-test-XXXXXX");
    return mkdtemp(f->path) != NULL;
}

/* The path of a file in a folder, valid for the next three calls. */
static inline const char *scratch_path(const char *folder, const char *name) {
    static char path[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static inline int scratch_remove(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static inline void scratch_free(const ScratchFolder *f) {
    nftw(f->path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
