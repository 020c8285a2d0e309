/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps a knob's position to the attribute's unit. */
#include "timbrel/note.h"

#include <math.h>

float tb_knob_display(const TbNoteModel *notes, int knob, float position) {
    float at = fminf(fmaxf(2 * (position + 2), 0), TB_KNOB_POINTS - 1);
    int i = at < TB_KNOB_POINTS - 2 ? (int)at : TB_KNOB_POINTS - 2;
    const float *value = notes->knob[knob] + i;
    return tb_attribute_display(knob, value[0] + (at - (float)i) * (value[1] - value[0]));
}
