/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: rhythms. */
#include "tests/no_memory.h"

#include <stdlib.h>

const TbRhythm *shared_rhythm(void) {
    static TbRhythm first;
    TbBars bars;
    if (first.numerator > 0)
        return &first;
    if (tb_bars_new(shared_beat(), shared_beat()->end, &bars) != TB_OK ||
        tb_rhythm_from_score(&bars, 0, tb_drum_map(NULL), &first) != TB_OK)
        abort();
    tb_bars_free(&bars);
    return &first;
}

static const TbRhythmModel *model(void) {
    return shared_models()->rhythm;
}

static const TbRhythmOptions *plain(void) {
    static TbRhythmOptions o;
    tb_rhythm_defaults(&o);
    return &o;
}

/* ---- patterns ---- */

static TbRhythm made[3];

static TbStatus to_score(Out *out) {
    return tb_rhythm_to_score(shared_rhythm(), tb_drum_map(NULL), &out->score);
}

static TbStatus from_score(Out *out) {
    (void)out;
    TbBars own;
    TbStatus status = tb_bars_new(shared_beat(), shared_beat()->end, &own);
    if (status)
        return status;
    status = tb_rhythm_from_score(&own, 0, tb_drum_map(NULL), made);
    tb_bars_free(&own);
    return status;
}

/* ---- what a model does ---- */

static TbStatus draw(Out *out) {
    (void)out;
    return tb_rhythm_draw(model(), plain(), made);
}

static TbStatus vary(Out *out) {
    (void)out;
    return tb_rhythm_vary(model(), shared_rhythm(), 0.5, plain(), made);
}

static TbStatus interpolate(Out *out) {
    (void)out;
    return tb_rhythm_interpolate(model(), shared_rhythm(), shared_rhythm(), 3, plain(), made);
}

static TbStatus humanise(Out *out) {
    (void)out;
    return tb_rhythm_humanise(model(), shared_rhythm(), 1, plain(), made);
}

static TbStatus fill(Out *out) {
    (void)out;
    TbRhythmMask locked = {{0}};
    return tb_rhythm_fill(model(), shared_rhythm(), locked, plain(), made);
}

static TbStatus from_taps(Out *out) {
    (void)out;
    return tb_rhythm_from_taps(model(), shared_rhythm(), true, plain(), made);
}

static TbStatus draw_beat(Out *out) {
    (void)out;
    return tb_rhythm_draw_beat(model(), plain(), made);
}

static TbStatus section(Out *out) {
    (void)out;
    TbRhythmSection s;
    tb_rhythm_section_defaults(&s);
    s.n_bars = 4;
    return tb_rhythm_section(model(), shared_rhythm(), &s, plain(), made);
}

const NoMemoryCase cases_rhythm[] = {
    {.covers = "tb_rhythm_to_score", .run = to_score, .release = free_score},
    {.covers = "tb_rhythm_from_score", .run = from_score},
    {.covers = "tb_rhythm_draw", .run = draw},
    {.covers = "tb_rhythm_vary", .run = vary},
    {.covers = "tb_rhythm_interpolate", .run = interpolate},
    {.covers = "tb_rhythm_draw_beat", .run = draw_beat},
    {.covers = "tb_rhythm_section", .run = section},
    {.covers = "tb_rhythm_humanise", .run = humanise},
    {.covers = "tb_rhythm_fill", .run = fill},
    {.covers = "tb_rhythm_from_taps", .run = from_taps},
    {0},
};
