/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the same work on one file, or on each sound of a folder. */
#ifndef TIMBREL_APP_BATCH_H
#define TIMBREL_APP_BATCH_H

#include "timbrel/base.h"

typedef struct {
    const char *label;  /* for the progress bar: "resynthesising" */
    const char *ending; /* of the files written into a folder: ".wav" */
    bool encoded_too;   /* a folder's encoded sounds are meant, too, not only its sound files */
    /* Does one file. */
    TbStatus (*one)(void *context, const char *in, const char *out, TbProgress progress, void *progress_context);
    void *context;
} Batch;

/* `in` and `out` are a file each (or `in` the name of a bundled sound), or a folder each (`out` is made when it is not
 * there). A file of a folder that fails is named on stderr and passed over; at the end a line says how many were
 * written, and the result is a failure if any failed. */
TB_NODISCARD TbStatus batch_run(const Batch *batch, const char *in, const char *out);

#endif
