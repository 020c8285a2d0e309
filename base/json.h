/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading JSON with jansson, so that memory that runs out is not taken for bad text. */
#ifndef TIMBREL_BASE_JSON_H
#define TIMBREL_BASE_JSON_H

#include "timbrel/base.h"

#include <errno.h>
#include <jansson.h>

/* TB_ERR_FORMAT: `text` is no JSON, or has the same member twice; *error says where, and the message is the caller's.
 * TB_ERR_NO_MEMORY has a message. jansson says nothing when it has no memory, or calls a text invalid that it could not
 * store; malloc says so in errno. */
static inline TbStatus json_read(const char *text, size_t n_bytes, json_t **json, json_error_t *error) {
    errno = 0;
    *json = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES, error);
    if (*json)
        return TB_OK;
    return error->text[0] && errno != ENOMEM
               ? TB_ERR_FORMAT
               : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to read a JSON text of %zu bytes.", n_bytes);
}

#endif
