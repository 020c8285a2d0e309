/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the same operation on one file or on every sound in a folder. */
#ifndef TIMBREL_APP_BATCH_H
#define TIMBREL_APP_BATCH_H

#include "timbrel/sound.h"

typedef struct Batch Batch;
struct Batch {
    const char *label;  /* label of the progress bar: "resynthesising" */
    const char *ending; /* extension of files written into a folder: ".wav" */
    bool encoded_too;   /* also processes encoded sounds in a folder */
    /* Processes one file. */
    TbStatus (*one)(const Batch *batch, const char *in, const char *out, TbProgress progress, void *progress_context);
    const void *context; /* for `one` */
    TbModel *model;      /* for `one`; only with batch_run_with_model */
};

/* `in` and `out` are both files (`in` may also name a bundled sound) or both folders (`out` is created if needed). A
 * file that fails is named on stderr and skipped; the last line counts the files written, and the status is a failure
 * if any file failed. */
TB_NODISCARD TbStatus batch_run(const Batch *batch, const char *in, const char *out);

/* The same with batch->model loaded from a path as in model_load. */
TB_NODISCARD TbStatus batch_run_with_model(Batch *batch, const char *model, const char *in, const char *out);

#endif
