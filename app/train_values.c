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

TbStatus train_checkpoint_check(const TrainValues *v, char *const *checkpoints, size_t n, bool *resume) {
    char names[2000] = "";
    size_t at = 0, there = 0;
    for (size_t i = 0; i < n; i++) {
        if (path_kind(checkpoints[i]) == PATH_ABSENT)
            continue;
        if (at < sizeof names)
            at += (size_t)snprintf(names + at, sizeof names - at, "%s\"%s\"", there ? ", " : "", checkpoints[i]);
        there++;
    }
    *resume = v->resume && there;
    if (!v->resume && there)
        return tb_fail(TB_ERR_ARGUMENT, "There %s of a stopped run: %s; continue with --resume, or remove %s.",
                       there == 1 ? "is a checkpoint" : "are checkpoints", names, there == 1 ? "it" : "them");
    if (!v->resume && !v->force && path_kind(v->output) != PATH_ABSENT)
        return tb_fail(
            TB_ERR_ARGUMENT,
            "The model \"%s\" exists already; to learn from the %zu file%s, replace it with --force, or name "
            "another with -o.",
            v->output, v->n_found, plural(v->n_found));
    if (v->resume && !there && path_kind(v->output) != PATH_ABSENT)
        return tb_fail(TB_ERR_NOT_FOUND,
                       "There is no checkpoint of \"%s\" to continue from: it is finished, or from another run; train "
                       "without --resume.",
                       v->output);
    if (v->resume && !there)
        fprintf(stderr, "There is no checkpoint yet; training starts from the beginning.\n");
    return TB_OK;
}
