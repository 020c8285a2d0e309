/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkpoints of a training run: safetensors files with its slabs, and text for the rest. */
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "nn/training.h"
#include "nn/training_state.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Steps, evaluations since the lowest error, that error. */
#define STATE_WRITE "%" PRIu64 " %" PRIu64 " %016" PRIx64
#define STATE_READ "%" SCNu64 " %" SCNu64 " %" SCNx64

typedef struct {
    const char *name;
    float *data; /* NULL: this training has none */
} Slab;

enum { N_SLABS = 5 };

static void list_slabs(const TbTraining *t, Slab slabs[N_SLABS]) {
    const Slab list[N_SLABS] = {{"weights", t->params},
                                {"moment1", t->moment1},
                                {"moment2", t->moment2},
                                {"average", t->average},
                                {"best", t->best}};
    memcpy(slabs, list, sizeof list);
}

TbStatus tbi_training_save(const TbTraining *t, const TbCheckpoint *c, const char *path) {
    TbTensorView *views = calloc(N_SLABS + c->n_extra, sizeof *views);
    if (!views)
        return tbi_no_memory("for the checkpoint");
    size_t n_views = 0;
    Slab slabs[N_SLABS];
    list_slabs(t, slabs);
    for (int i = 0; i < N_SLABS; i++)
        if (slabs[i].data) {
            TbTensorView *view = &views[n_views++];
            *view =
                (TbTensorView){.dtype = TB_F32, .n_dims = 1, .shape = {t->parameters->n_params}, .data = slabs[i].data};
            snprintf(view->name, sizeof view->name, "%s", slabs[i].name);
        }
    if (c->n_extra)
        memcpy(views + n_views, c->extra, c->n_extra * sizeof *views);
    char state[80];
    snprintf(state, sizeof state, STATE_WRITE, t->n_steps, t->n_worse, tbi_bits_of(t->lowest));
    const char *metadata[] = {"format", c->format, "run", c->run, "place", c->place, "state", state, NULL};
    TbPrinted file = {NULL, 0};
    TbStatus status = tb_tensor_file_serialize(views, n_views + c->n_extra, metadata, &file.data, &file.n_bytes);
    status = tbi_write_printed(status, &file, path);
    free(views);
    return status;
}

TbStatus tbi_checkpoint_damaged(const char *path) {
    return tb_fail(TB_ERR_FORMAT, "\"%s\" is a damaged checkpoint; remove it, and train without --resume.", path);
}

static TbStatus restore(TbTraining *t, const char *format, const char *run, const char *path,
                        const TbTensorFile *file) {
    const char *have = tb_tensor_file_metadata(file, "format"), *which = tb_tensor_file_metadata(file, "run");
    const char *state = tb_tensor_file_metadata(file, "state");
    uint64_t n_steps, n_worse, lowest;
    if (have && strcmp(have, format) != 0 && strncmp(have, format, strlen(format) - 1) == 0) /* all but its number */
        return tb_fail(TB_ERR_VERSION,
                       "\"%s\" is a checkpoint of another version of Timbrel; finish the run with that version, or "
                       "remove it and train without --resume.",
                       path);
    if (!have || strcmp(have, format) != 0 || !which || !state || !tb_tensor_file_metadata(file, "place") ||
        sscanf(state, STATE_READ, &n_steps, &n_worse, &lowest) != 3)
        return tb_fail(TB_ERR_FORMAT, "\"%s\" is not a Timbrel checkpoint; remove it and train without --resume.",
                       path);
    if (strcmp(which, run) != 0)
        return tb_fail(TB_ERR_ARGUMENT,
                       "\"%s\" belongs to a run with other files or options; give the same ones, or remove it and "
                       "train without --resume.",
                       path);
    if (!(tbi_double_of(lowest) > -INFINITY)) /* false for NaN, too */
        return tbi_checkpoint_damaged(path);
    Slab slabs[N_SLABS];
    list_slabs(t, slabs);
    for (int i = 0; i < N_SLABS; i++)
        if (slabs[i].data) {
            TbStatus status = tb_tensor_file_floats(file, slabs[i].name, slabs[i].data, t->parameters->n_params);
            if (status != TB_OK)
                return tb_fail_in(status, path);
        }
    t->n_steps = n_steps;
    t->n_worse = n_worse;
    t->lowest = tbi_double_of(lowest);
    return TB_OK;
}

TbStatus tbi_training_resume(TbTraining *t, const char *format, const char *run, const char *path,
                             TbTensorFile **file) {
    TbStatus status = tb_tensor_file_read(path, file);
    if (status != TB_OK)
        return status;
    status = restore(t, format, run, path, *file);
    if (status != TB_OK) {
        tb_tensor_file_free(*file);
        *file = NULL;
    }
    return status;
}
