/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds every file of a folder, and every prefix of it, to a fuzz target. Fails when there is no file. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>

int main(int argc, char **argv) {
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    int n_files = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        void *data;
        size_t n_bytes;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        TbStatus status = tb_read_file(path, (size_t)1 << 24, &data, &n_bytes);
        if (status != TB_OK) {
            fprintf(stderr, "%s\n", tb_error_text(status));
            closedir(folder);
            return 1;
        }
        size_t step = n_bytes / 200 + 1;
        for (size_t n = 0; n < n_bytes; n += step)
            LLVMFuzzerTestOneInput(data, n);
        LLVMFuzzerTestOneInput(data, n_bytes);
        free(data);
        n_files++;
    }
    closedir(folder);
    printf("%d files\n", n_files);
    return n_files ? 0 : 1;
}
