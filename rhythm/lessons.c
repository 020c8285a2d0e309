/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random masks: what of a pattern the network is given to learn a task. */
#include "rhythm/set.h"

void tbi_rhythm_give(RhythmGiven *given, Given what) {
    given->taps = false;
    memset(given->cell, what, sizeof given->cell);
}

void tbi_rhythm_taps(const TbRhythm *pattern, TbDrumHit *tap) {
    for (int t = 0; t < TB_RHYTHM_STEPS; t++) {
        tap[t] = (TbDrumHit){0};
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            if (pattern->cell[t][d].velocity > tap[t].velocity)
                tap[t] = pattern->cell[t][d];
    }
}

/* Hides some drums, some steps in a row, or single cells. */
static void hide(RhythmGiven *given, int n_steps, TbRng *rng) {
    const uint32_t how = tb_rng_next(rng) % 3, drums = tb_rng_next(rng);
    const float share = 0.2f + 0.8f * tb_rng_uniform(rng);
    const int first = (int)(tb_rng_next(rng) % (uint32_t)n_steps);
    const int length = 1 + (int)(tb_rng_next(rng) % (uint32_t)n_steps);
    for (int t = 0; t < n_steps; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            if (how == 0   ? (drums >> d & 1) != 0
                : how == 1 ? (t + n_steps - first) % n_steps < length
                           : tb_rng_uniform(rng) < share)
                given->cell[t][d] = GIVEN_NOTHING;
}

/* Taps are those of all drums, or of some: then the network adds hits between them. They are told with or without
 * loudness, and exactly or on the grid. */
static void tap(const TbRhythm *pattern, TbRng *rng, TbDrumHit *taps) {
    const bool loudness = tb_rng_next(rng) % 2, exact = tb_rng_next(rng) % 4 != 0, all = tb_rng_next(rng) % 2;
    const uint32_t kick_and_snare = 3, drums = tb_rng_next(rng) % 2 ? kick_and_snare : tb_rng_next(rng);
    TbRhythm tapped = *pattern;
    for (int t = 0; !all && t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            if (!(drums >> d & 1))
                tapped.cell[t][d] = (TbDrumHit){0};
    tbi_rhythm_taps(&tapped, taps);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++) {
        if (taps[t].velocity > 0 && !loudness)
            taps[t].velocity = RHYTHM_TAP_VELOCITY;
        if (!exact)
            taps[t].offset = 0;
    }
}

void tbi_rhythm_lesson(const RhythmExample *example, RhythmTask task, bool whole, TbRng *rng, RhythmLesson *lesson) {
    const TbRhythm *pattern = &example->pattern;
    lesson->item = (RhythmItem){pattern, &lesson->seen, &lesson->told, lesson->tap, example->style};
    tbi_rhythm_give(&lesson->told, task == RHYTHM_HUMANISE ? GIVEN_HIT
                                   : task == RHYTHM_FILL   ? GIVEN_ALL
                                                           : GIVEN_NOTHING);
    if (task == RHYTHM_FILL)
        hide(&lesson->told, tb_rhythm_steps(pattern), rng);
    if (task == RHYTHM_TAPS) {
        tap(pattern, rng, lesson->tap);
        lesson->told.taps = true;
    }
    if (whole || task == RHYTHM_RECONSTRUCT)
        tbi_rhythm_give(&lesson->seen, GIVEN_ALL);
    else
        lesson->seen = lesson->told;
}
