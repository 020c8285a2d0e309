/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: names of files in JSON. */
#ifndef TIMBREL_APP_JSON_TEXT_H
#define TIMBREL_APP_JSON_TEXT_H

#include <jansson.h>

/* JSON is UTF-8, file names may be anything: in a text that is not valid, bytes over 127 become question marks. NULL:
 * out of memory. */
json_t *json_text(const char *text);

#endif
