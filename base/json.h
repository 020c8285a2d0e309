/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON parsing with jansson that distinguishes invalid JSON from a lack of memory. */
#ifndef TIMBREL_BASE_JSON_H
#define TIMBREL_BASE_JSON_H

#include "base/no_memory.h"
#include "timbrel/base.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

/* Parses text[n_bytes]; the caller owns *json. TB_ERR_FORMAT: the text is not valid JSON or repeats a member; *error
 * has the position, and the caller must set the message. TB_ERR_NO_MEMORY: the message is set. When it runs out of
 * memory, jansson reports no error or calls the text invalid, so errno decides. OFF. */
static inline TbStatus json_read(const char *text, size_t n_bytes, json_t **json, json_error_t *error) {
    errno = 0;
    *json = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES, error);
    if (*json)
        return TB_OK;
    return error->text[0] && errno != ENOMEM ? TB_ERR_FORMAT
                                             : tbi_no_memory("to read a JSON text of %zu bytes", n_bytes);
}

/* The same for a whole file of the kind `what` ("preset"), with all messages set. OFF. */
static inline TbStatus json_read_file(const char *text, size_t n_bytes, const char *what, json_t **json) {
    json_error_t error;
    TbStatus status = json_read(text, n_bytes, json, &error);
    if (status != TB_ERR_FORMAT)
        return status;
    char one[40];
    snprintf(one, sizeof one, "a %s", what);
    return n_bytes > 0 && *text == '{'
               ? tb_fail(TB_ERR_FORMAT, "This file is a damaged %s (line %d: %s); mend or remove it.", what, error.line,
                         error.text)
               : tb_fail_not(one, "remove it", text, n_bytes);
}

#endif
