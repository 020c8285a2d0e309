/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are printed to memory, or parsed from it: the ends of the functions that write and read them. */
#ifndef TIMBREL_BASE_PRINTED_FILE_H
#define TIMBREL_BASE_PRINTED_FILE_H

#include "timbrel/base.h"

#include <stdlib.h>

typedef struct {
    void *data; /* malloced */
    size_t n_bytes;
} TbPrinted;

/* Writes what was printed to a file and frees it, if `status`, that of printing it, is TB_OK; otherwise returns that.
 * Inline, as is the next: each library has its own. OFF */
TB_NODISCARD static inline TbStatus tbi_write_printed(TbStatus status, const TbPrinted *printed, const char *path) {
    if (status)
        return status;
    status = tb_write_file(path, printed->data, printed->n_bytes);
    free(printed->data);
    return status;
}

/* Frees what was read from a file, whatever `status` reading and parsing it ended with; an error names the file. OFF */
TB_NODISCARD static inline TbStatus tbi_parsed_file(TbStatus status, const TbPrinted *read, const char *path) {
    free(read->data);
    return status ? tb_fail_in(status, path) : TB_OK;
}

#endif
