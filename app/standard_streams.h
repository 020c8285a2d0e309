/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: "-" as the name of a file: standard input, or standard output. */
#ifndef TIMBREL_APP_STANDARD_STREAMS_H
#define TIMBREL_APP_STANDARD_STREAMS_H

#include "timbrel/base.h"

/* Replaces "-" among the operands by the path of a file in memory with what standard input has. Once only. */
TB_NODISCARD TbStatus standard_input_open(char **operands, int n_operands);
/* What to call a path: "standard input" for the one that standard_input_open made. Of a text, the path in it is
 * replaced in place. */
const char *standard_input_name(const char *path);
void standard_input_rename(char *text);

/* Copies a file to standard output. */
TB_NODISCARD TbStatus standard_output_copy(const char *path);

#endif
