/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to sampler/: locale-independent text output. OFF. */
#ifndef TIMBREL_SAMPLER_TEXT_WRITER_H
#define TIMBREL_SAMPLER_TEXT_WRITER_H

#include "timbrel/base.h"

#include <stdio.h>

/* A text under construction. */
typedef struct {
    FILE *file;
    char *bytes;
    size_t n;
} TextWriter;

TB_NODISCARD TbStatus tbi_text_writer_begin(TextWriter *text);
/* Writes a number with up to `digits` decimals, without trailing zeros. */
void tbi_text_writer_number(TextWriter *text, double value, int digits);
/* Writes text on one line: line ends become spaces. */
void tbi_text_writer_line(TextWriter *text, const char *line);
/* Writes the text to `path` and frees it; if `status`, of the work so far, is a failure, nothing is written. */
TB_NODISCARD TbStatus tbi_text_writer_end(TextWriter *text, const char *path, TbStatus status);

#endif
