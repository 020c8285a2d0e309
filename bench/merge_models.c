/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes one file of several files of music models, such as those that train_rhythm, train_melody and train_piece write.
 *
 *   merge_models OUT MODEL... */
#include "bench/program.h"
#include "bench/rhythm_table.h"
#include "nn/model_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 8 };

int main(int argc, char **argv) {
    TbPrintedModels files[MOST];
    void *data[MOST], *merged;
    size_t n_bytes;
    usage_if(argc < 3 || argc - 2 > MOST, "merge_models OUT MODEL...");
    const size_t n = (size_t)argc - 2;
    for (size_t i = 0; i < n; i++) {
        need(tb_read_file(argv[i + 2], TB_MAX_TENSOR_FILE, &data[i], &files[i].n_bytes));
        files[i].data = data[i];
    }
    need(tbi_models_merge(files, n, &merged, &n_bytes));
    need(tb_write_file(argv[1], merged, n_bytes));
    for (size_t i = 0; i < n; i++)
        free(data[i]);
    free(merged);
    return 0;
}
