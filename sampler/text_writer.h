/* Text that is the same in every locale. Inside sampler/ only; OFF.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_SAMPLER_TEXT_WRITER_H
#define TIMBREL_SAMPLER_TEXT_WRITER_H

#include "timbrel/base.h"

#include <stdio.h>

/* A text that grows. */
typedef struct {
    FILE *file;
    char *bytes;
    size_t n;
} TbText;

TB_NODISCARD TbStatus tb_text_begin(TbText *text);
/* A number with up to `digits` digits behind the point, and no zeros at its end. */
void tb_text_number(TbText *text, double value, int digits);
/* Text on one line: line ends become spaces. */
void tb_text_line(TbText *text, const char *line);
/* Writes the text to `path` and frees it; `status`: of the work so far, when it is a failure nothing is written. */
TB_NODISCARD TbStatus tb_text_end(TbText *text, const char *path, TbStatus status);

#endif
