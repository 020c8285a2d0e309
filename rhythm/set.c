/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns of pieces. */
#include "rhythm/set.h"
#include "base/no_memory.h"

#include <stdlib.h>

enum { FEWEST_HITS = 4 };

TbStatus tb_rhythm_set_new(TbRhythmSet **set) {
    *set = calloc(1, sizeof **set);
    return *set ? TB_OK : tbi_no_memory("for rhythms to learn from");
}

void tb_rhythm_set_free(TbRhythmSet *set) {
    for (int i = 0; set && i < 2; i++)
        free(set->part[i].example);
    free(set);
}

size_t tb_rhythm_set_count(const TbRhythmSet *set, bool held_out) {
    return set->part[held_out].n;
}

static TbStatus add(RhythmExamples *examples, const TbRhythm *pattern, int style, int group) {
    if (examples->n == examples->room) {
        size_t room = examples->room ? 2 * examples->room : 64;
        RhythmExample *grown = realloc(examples->example, room * sizeof *grown);
        if (!grown)
            return tbi_no_memory("for %zu rhythms to learn from", room);
        examples->example = grown;
        examples->room = room;
    }
    examples->example[examples->n++] = (RhythmExample){*pattern, style, group};
    return TB_OK;
}

/* The bar line after the last drum; 0 without drums. */
static int32_t last_drum(const TbScore *score, const TbDrumMap *map) {
    int32_t last = -1;
    for (size_t i = 0; i < score->n_notes; i++)
        if (score->parts[score->notes[i].part].channel == TB_SCORE_DRUM_CHANNEL &&
            tb_drum_class(map, score->notes[i].pitch) >= 0)
            last = score->notes[i].onset;
    return last + 1;
}

/* A piece of one bar: its pattern is the bar twice. */
static void repeat_bar(TbRhythm *rhythm) {
    const int bar = tb_rhythm_steps(rhythm) / TB_RHYTHM_BARS;
    memcpy(rhythm->cell[bar], rhythm->cell[0], (size_t)bar * sizeof rhythm->cell[0]);
}

TbStatus tb_rhythm_set_add(TbRhythmSet *set, const TbScore *score, const TbDrumMap *map, int style, int group,
                           bool held_out, size_t *n) {
    TbBars bars;
    size_t found = 0;
    const int32_t end = last_drum(score, map);
    if (n)
        *n = 0;
    if (style < 0 || style >= TB_RHYTHM_STYLES)
        return tb_fail(TB_ERR_ARGUMENT, "Style %d is not one of 0 to %d.", style, TB_RHYTHM_STYLES - 1);
    if (end == 0)
        return TB_OK;
    TbStatus status = tb_bars_new(score, end, &bars);
    if (status)
        return status;
    const bool single = bars.n_bars == 1;
    if (single) {
        const int32_t bar = bars.line[1];
        tb_bars_free(&bars);
        status = tb_bars_new(score, bar + 1, &bars);
        if (status)
            return status;
    }
    for (size_t bar = 0; status == TB_OK && bar + TB_RHYTHM_BARS <= bars.n_bars; bar++) {
        TbRhythm pattern;
        TbStatus possible = tb_rhythm_from_score(&bars, bar, map, &pattern);
        if (possible != TB_OK)
            continue; /* another metre */
        if (single)
            repeat_bar(&pattern);
        if (tb_rhythm_hits(&pattern) < FEWEST_HITS)
            continue;
        status = add(&set->part[held_out], &pattern, style, group);
        found++;
    }
    tb_bars_free(&bars);
    if (n)
        *n = found;
    return status;
}
