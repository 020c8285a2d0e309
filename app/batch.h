/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the same operation on one file or on every sound in a folder. */
#ifndef TIMBREL_APP_BATCH_H
#define TIMBREL_APP_BATCH_H

#include "timbrel/base.h"

typedef struct {
    const char *label;  /* label of the progress bar: "resynthesising" */
    const char *ending; /* extension of files written into a folder: ".wav" */
    bool encoded_too;   /* also processes encoded sounds in a folder */
    /* Processes one file. */
    TbStatus (*one)(void *context, const char *in, const char *out, TbProgress progress, void *progress_context);
    void *context;
} Batch;

/* `in` and `out` are both files (`in` may also name a bundled sound) or both folders (`out` is created if needed). A
 * file that fails is named on stderr and skipped; the last line counts the files written, and the status is a failure
 * if any file failed. */
TB_NODISCARD TbStatus batch_run(const Batch *batch, const char *in, const char *out);

#endif
