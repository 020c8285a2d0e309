// SPDX-License-Identifier: GPL-3.0-or-later
// Status sentences, and the detail of the calling thread's last failure.
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_detail[1024];

const char *tb_status_text(TbStatus status) {
    switch (status) {
    case TB_OK:
        return "Everything went well.";
    case TB_ERR_ARGUMENT:
        return "A value is outside of its range.";
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
        return "There is nothing to work on.";
    case TB_ERR_CANCELLED:
        return "The work was stopped.";
    }
    return "An unknown error occurred.";
}

TbStatus tb_fail(TbStatus status, const char *format, ...) {
    // Formatted aside first: an argument may be tb_error_detail() itself, when a caller adds to a message from below.
    char text[sizeof last_detail];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        snprintf(text, sizeof text, "%s", tb_status_text(status));
    va_end(args);
    memcpy(last_detail, text, sizeof text);
    return status;
}

const char *tb_error_detail(void) {
    return last_detail;
}
