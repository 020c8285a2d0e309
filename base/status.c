/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generic status messages, and the detailed message of each thread's last failure. */
#include "timbrel/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct {
    TbStatus status; /* of the failure that `text` describes; TB_OK: none yet */
    char text[1024];
} last;

const char *tb_status_text(TbStatus status) {
    switch (status) {
    case TB_OK:
        return "No error.";
    case TB_ERR_ARGUMENT:
        return "A value is out of range.";
    case TB_ERR_NO_MEMORY:
        return "There is not enough memory.";
    case TB_ERR_NOT_FOUND:
        return "A file or folder does not exist.";
    case TB_ERR_IO:
        return "Reading or writing a file failed.";
    case TB_ERR_FORMAT:
        return "A file is damaged or is not what it claims to be.";
    case TB_ERR_VERSION:
        return "A file was made by a newer or unknown version.";
    case TB_ERR_UNSUPPORTED:
        return "This build cannot do that.";
    case TB_ERR_EMPTY:
        return "The input is empty.";
    case TB_ERR_CANCELLED:
        return "The work was stopped.";
    case TB_ERR_BUSY:
        return "A required resource is in use; try again later.";
    }
    return "An unknown error occurred.";
}

TbStatus tb_fail(TbStatus status, const char *format, ...) {
    /* Format into a copy: an argument may be tb_error_text(), when a caller extends the message. */
    char text[sizeof last.text];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        snprintf(text, sizeof text, "%s", tb_status_text(status));
    va_end(args);
    memcpy(last.text, text, sizeof text);
    last.status = status;
    return status;
}

/* Whether `text` contains `path`, or a longer path that ends in it, in quotes. */
static bool names_file(const char *text, const char *path) {
    size_t length = strlen(path);
    const char *at = text;
    while (length > 0 && (at = strstr(at, path))) {
        if (at > text && (at[-1] == '"' || at[-1] == '/') && at[length] == '"')
            return true;
        at++;
    }
    return false;
}

TbStatus tb_fail_in(TbStatus status, const char *path) {
    static const char subject[] = "This file ";
    const char *text = tb_error_text(status);
    if (status == TB_OK || names_file(text, path))
        return status;
    size_t length = sizeof subject - 1;
    return strncmp(text, subject, length) == 0 ? tb_fail(status, "\"%s\" %s", path, text + length)
                                               : tb_fail(status, "\"%s\": %s", path, text);
}

TbStatus tb_fail_not(const char *what, const char *advice, const void *data, size_t n_bytes) {
    const char *kind = tb_looks_like(data, n_bytes);
    if (n_bytes == 0)
        return tb_fail(TB_ERR_FORMAT, "This file is not %s; it is empty.", what);
    return kind ? tb_fail(TB_ERR_FORMAT, "This file is not %s; it looks like %s.", what, kind)
                : tb_fail(TB_ERR_FORMAT, "This file is not %s; %s.", what, advice);
}

const char *tb_error_text(TbStatus status) {
    return status != TB_OK && status == last.status ? last.text : tb_status_text(status);
}
