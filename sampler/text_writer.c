/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sampler/text_writer.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

TbStatus tbi_text_writer_begin(TextWriter *text) {
    *text = (TextWriter){0};
    text->file = open_memstream(&text->bytes, &text->n);
    return text->file ? TB_OK : tbi_no_memory("for the text of a file");
}

void tbi_text_writer_number(TextWriter *text, double value, int digits) {
    long scale = lround(pow(10, digits)), units = lround(fabs(value) * (double)scale);
    fprintf(text->file, "%s%ld", value < 0 && units ? "-" : "", units / scale);
    if (units % scale == 0)
        return;
    for (units %= scale; units % 10 == 0; units /= 10)
        digits--;
    fprintf(text->file, ".%0*ld", digits, units);
}

void tbi_text_writer_line(TextWriter *text, const char *line) {
    for (; *line; line++)
        fputc((unsigned char)*line < ' ' ? ' ' : *line, text->file);
}

TbStatus tbi_text_writer_end(TextWriter *text, const char *path, TbStatus status) {
    bool good = text->file && !ferror(text->file);
    good = text->file && fclose(text->file) == 0 && good;
    if (status == TB_OK)
        status = good ? tb_write_file(path, text->bytes, text->n) : tbi_no_memory("for the text of a file");
    free(text->bytes);
    *text = (TextWriter){0};
    return status;
}
