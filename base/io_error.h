/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Not public: why a file cannot be written, for messages. */
#ifndef TIMBREL_BASE_IO_ERROR_H
#define TIMBREL_BASE_IO_ERROR_H

#include <errno.h>
#include <string.h>

/* error: as in errno. ANY but the audio thread */
static inline const char *io_error_text(int error) {
    return error == ENOSPC ? "the disk is full" : strerror(error);
}

#endif
