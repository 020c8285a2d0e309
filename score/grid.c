/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantising without loss: steps of a grid, and what is left in ticks. */
#include "timbrel/score.h"

/* a / b rounded to the nearest integer, halves up; b > 0. */
static int32_t divide(int64_t a, int64_t b) {
    int64_t twice = 2 * a + b, quotient = twice / (2 * b);
    return (int32_t)(quotient - (twice % (2 * b) < 0));
}

int32_t tb_grid_step(int ticks_per_quarter, int per_quarter, int32_t tick) {
    return divide((int64_t)tick * per_quarter, ticks_per_quarter);
}

int32_t tb_grid_tick(int ticks_per_quarter, int per_quarter, int32_t step) {
    return divide((int64_t)step * ticks_per_quarter, per_quarter);
}

TbGridNote tb_grid_from_note(int ticks_per_quarter, int per_quarter, TbScoreNote note) {
    TbGridNote g = {.pitch = note.pitch, .velocity = note.velocity, .part = note.part};
    g.step = tb_grid_step(ticks_per_quarter, per_quarter, note.onset);
    g.steps = tb_grid_step(ticks_per_quarter, per_quarter, note.duration);
    g.steps = g.steps > 0 ? g.steps : 1;
    g.offset = note.onset - tb_grid_tick(ticks_per_quarter, per_quarter, g.step);
    g.steps_offset = note.duration - tb_grid_tick(ticks_per_quarter, per_quarter, g.steps);
    return g;
}

TbScoreNote tb_grid_to_note(int ticks_per_quarter, int per_quarter, TbGridNote g) {
    return (TbScoreNote){
        .onset = tb_grid_tick(ticks_per_quarter, per_quarter, g.step) + g.offset,
        .duration = tb_grid_tick(ticks_per_quarter, per_quarter, g.steps) + g.steps_offset,
        .pitch = g.pitch,
        .velocity = g.velocity,
        .part = g.part,
    };
}
