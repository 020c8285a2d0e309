/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures the attributes of codes by playing notes. */
#include "base/no_memory.h"
#include "timbrel/instrument.h"
#include "train/note_basis.h"

#include <math.h>
#include <stdlib.h>

enum { AT_ONCE = 16, HOLD_FRAMES = 260, PLAYED_FRAMES = 310, KEY = 60, SEED = 1 };
#define VELOCITY (100 / 127.0f)

/* Inverse of tb_knob_display, linearly extrapolated at both ends. */
static float position_of(const float points[TB_KNOB_POINTS], float value) {
    float all = fmaxf(points[TB_KNOB_POINTS - 1] - points[0], 1e-6f), step = 4.0f / (TB_KNOB_POINTS - 1);
    int i = 0;
    if (value < points[0] || value >= points[TB_KNOB_POINTS - 1]) {
        float end = value < points[0] ? points[0] : points[TB_KNOB_POINTS - 1];
        return (value < points[0] ? -2 : 2) + 4 * (value - end) / all;
    }
    while (value >= points[i + 1])
        i++;
    return -2 + step * ((float)i + (value - points[i]) / (points[i + 1] - points[i]));
}

static TbStatus play(const TbModel *model, TbInstrument *const *instruments, size_t n, float *scratch, TbFrame *frames,
                     float *position) {
    TbStatus status = TB_OK;
    TbPlayedNote note[AT_ONCE] = {0}, *notes[AT_ONCE];
    TbFrame *next[AT_ONCE];
    for (size_t i = 0; i < n; i++) {
        note[i] =
            (TbPlayedNote){.part = {instruments[i]}, .weight = {1}, .key = KEY, .velocity = VELOCITY, .held = true};
        tb_note_start(&note[i], SEED);
        notes[i] = &note[i];
    }
    for (size_t t = 0; t < PLAYED_FRAMES; t++) {
        for (size_t i = 0; i < n; i++) {
            note[i].held = t < HOLD_FRAMES;
            next[i] = frames + i * PLAYED_FRAMES + t;
        }
        tb_notes_next(model, notes, n, scratch, next);
    }
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        float value[TB_ATTRIBUTES];
        TbNote cached = {.frames = frames + i * PLAYED_FRAMES, .n_frames = PLAYED_FRAMES};
        status = tb_note_attributes(&cached, value);
        for (int k = 0; status == TB_OK && k < TB_KNOBS; k++)
            position[i * TB_KNOBS + (size_t)k] = position_of(tb_model_notes(model)->knob[k], value[k]);
    }
    return status;
}

TbStatus tbi_note_attributes_at_c4(const TbModel *model, const float *codes, size_t n, float *position) {
    float *scratch = malloc(tb_notes_scratch(model, AT_ONCE) * sizeof *scratch);
    TbFrame *frames = calloc(AT_ONCE * PLAYED_FRAMES, sizeof *frames);
    TbStatus status = scratch && frames ? TB_OK : tbi_no_memory("to measure the knobs");
    for (size_t done = 0; status == TB_OK && done < n; done += AT_ONCE) {
        TbInstrument *in[AT_ONCE] = {0};
        size_t count = n - done < AT_ONCE ? n - done : AT_ONCE;
        for (size_t i = 0; status == TB_OK && i < count; i++)
            status = tb_instrument_new(model, codes + (done + i) * TB_CODE_DIM, true, &in[i]);
        if (status == TB_OK)
            status = play(model, in, count, scratch, frames, position + done * TB_KNOBS);
        for (size_t i = 0; i < count; i++)
            tb_instrument_free(in[i]);
    }
    free(frames);
    free(scratch);
    return status;
}
