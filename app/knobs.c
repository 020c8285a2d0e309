/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/knobs.h"
#include "app/parse.h"

#include <stdio.h>
#include <string.h>

#define FARTHEST 4.0 /* standard deviations; training data does not reach further */

static const char *knob_name(size_t i, const void *context) {
    (void)context;
    return tb_attribute_info((int)i)->name;
}

static TbStatus unknown(const char *name) {
    char names[200];
    const char *close = options_closest(name, knob_name, NULL, TB_KNOBS);
    help_names(knob_name, NULL, TB_KNOBS, names, sizeof names);
    if (close)
        return tb_fail(TB_ERR_ARGUMENT, "There is no knob \"%s\"; did you mean %s? The knobs are%s.", name, close,
                       names);
    return tb_fail(TB_ERR_ARGUMENT, "There is no knob \"%s\"; the knobs are%s.", name, names);
}

static TbStatus parse_one(const char *text, float knob[TB_KNOBS]) {
    char name[40];
    size_t length = strcspn(text, "="), i = 0;
    double value;
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    while (i < TB_KNOBS && strcmp(name, knob_name(i, NULL)) != 0)
        i++;
    if (i == TB_KNOBS)
        return unknown(name);
    if (text[length] == 0 || !parse_number(text + length + 1, &value) || value < -FARTHEST || value > FARTHEST)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\": a knob goes from -%g to %g, such as %s=+1.5.", text, FARTHEST,
                       FARTHEST, name);
    knob[i] = (float)value;
    return TB_OK;
}

TbStatus knobs_parse(const OptionTexts *texts, float knob[TB_KNOBS]) {
    TbStatus status = TB_OK;
    memset(knob, 0, TB_KNOBS * sizeof *knob);
    for (int i = 0; i < texts->n && status == TB_OK; i++)
        status = parse_one(texts->values[i], knob);
    return status;
}
