/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that is the same in every locale. Inside sampler/ only; OFF. */
#ifndef TIMBREL_SAMPLER_TEXT_WRITER_H
#define TIMBREL_SAMPLER_TEXT_WRITER_H

#include "timbrel/base.h"

#include <stdio.h>

/* A text that grows. */
typedef struct {
    FILE *file;
    char *bytes;
    size_t n;
} TextWriter;

TB_NODISCARD TbStatus tbi_text_writer_begin(TextWriter *text);
/* A number with up to `digits` digits behind the point, and no zeros at its end. */
void tbi_text_writer_number(TextWriter *text, double value, int digits);
/* Text on one line: line ends become spaces. */
void tbi_text_writer_line(TextWriter *text, const char *line);
/* Writes the text to `path` and frees it; `status`: of the work so far, when it is a failure nothing is written. */
TB_NODISCARD TbStatus tbi_text_writer_end(TextWriter *text, const char *path, TbStatus status);

#endif
