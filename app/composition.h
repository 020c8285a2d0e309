/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the score that `timbrel compose` makes, and how near it is to what the networks learned from. */
#ifndef TIMBREL_APP_COMPOSITION_H
#define TIMBREL_APP_COMPOSITION_H

#include "app/compose_values.h"
#include "app/inputs.h"

enum { COPY_NOTES = 24 }; /* a melodic run of more notes that also stands elsewhere is a copy */

typedef struct {
    TbScore score;
    const char *style;    /* static */
    double swing;         /* percent; NAN: not known */
    int first;            /* bars before the first new one */
    TbCopyIndex *learned; /* what the networks learned from; empty if that is not known */
    bool written;         /* the networks have written notes, and not only played given ones, ... */
    TbCopied copied;      /* ... and this of them is in `learned`, which the names are borrowed from */
    int drafts;           /* put aside as copies */
} Composition;

/* Loads the networks of a file (NULL or "default": those built in), and what they learned from; both are to be freed.
 */
TB_NODISCARD TbStatus composition_models(const char *path, TbMusicModels *models, TbCopyIndex **learned);

/* TB_ERR_CANCELLED: stopped by Ctrl-C. On failure it is empty. */
TB_NODISCARD TbStatus composition_make(const ComposeRequest *request, Part progress, Composition *composition);
void composition_free(Composition *composition);

#endif
