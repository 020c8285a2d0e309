/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/train_values.h"
#include "app/files.h"
#include "app/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int train_threads(const TrainValues *v) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return v->threads ? v->threads : cores < 1 ? 1 : cores > TRAIN_MOST_THREADS ? TRAIN_MOST_THREADS : (int)cores;
}

char *train_beside(const char *model_path, const char *ending) {
    static const char own[] = ".safetensors";
    size_t n = strlen(model_path), m = sizeof own - 1;
    char *path;
    n -= n > m && strcmp(model_path + n - m, own) == 0 ? m : 0;
    return asprintf(&path, "%.*s%s", (int)n, model_path, ending) < 0 ? NULL : path;
}

TbStatus train_checkpoint_check(const TrainValues *v, bool there, const char *checkpoint, bool *resume) {
    *resume = v->resume && there;
    if (!v->resume && there)
        return tb_fail(TB_ERR_ARGUMENT,
                       "There is a checkpoint \"%s\" of a stopped run; continue with --resume, or remove it.",
                       checkpoint);
    if (!v->resume && !v->force && path_kind(v->output) != PATH_ABSENT)
        return tb_fail(TB_ERR_ARGUMENT,
                       "There %s %zu file%s, but \"%s\" exists already; name another file to write, or replace it with "
                       "--force.",
                       v->n_found == 1 ? "is" : "are", v->n_found, plural(v->n_found), v->output);
    if (v->resume && !there && path_kind(v->output) != PATH_ABSENT)
        return tb_fail(TB_ERR_NOT_FOUND,
                       "There is no checkpoint \"%s\" to continue from: \"%s\" is finished, or from another run; train "
                       "without --resume.",
                       checkpoint, v->output);
    if (v->resume && !there)
        fprintf(stderr, "There is no checkpoint yet; training starts from the beginning.\n");
    return TB_OK;
}
