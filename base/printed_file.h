/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are printed to memory first: the end of the functions that write them. */
#ifndef TIMBREL_BASE_PRINTED_FILE_H
#define TIMBREL_BASE_PRINTED_FILE_H

#include "timbrel/base.h"

#include <stdlib.h>

/* Writes data[n_bytes] to a file and frees it, if `printed`, the status of printing it, is TB_OK; otherwise returns
 * that. Inline: each library has its own. OFF */
TB_NODISCARD static inline TbStatus tbi_write_printed(TbStatus printed, void *data, size_t n_bytes, const char *path) {
    if (printed)
        return printed;
    TbStatus status = tb_write_file(path, data, n_bytes);
    free(data);
    return status;
}

#endif
