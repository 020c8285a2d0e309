/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One swing for all parts: that of the drums, or the one that is asked for; the bass follows the kick
 * (follow_kick.c). */
#include "score/swing.h"
#include "compose/draft.h"

#include <math.h>
#include <stdlib.h>

enum { FEWEST = 8 /* off-beat hits that show a swing */ };
static const double MOST = 75; /* percent */

/* The mean place of the off-beat eighths of the drums, from a tick on; SWING_STRAIGHT if there are few. */
static double drum_swing(const Draft *d, int32_t start) {
    const double earliest = 0.4, latest = 0.72; /* as tb_score_swing */
    double sum = 0;
    int n = 0;
    for (size_t i = 0; i < d->score.n_notes; i++) {
        const TbScoreNote *note = &d->score.notes[i];
        const double beat = (double)note->onset / d->score.ticks_per_quarter, place = beat - floor(beat);
        if (note->part != d->part[TB_ROLE_DRUMS] || note->onset < start || place < earliest || place > latest)
            continue;
        sum += place;
        n++;
    }
    return n < FEWEST ? SWING_STRAIGHT : 100 * sum / n;
}

static void swing_role(Draft *d, TbRole role, double from, double to) {
    if (from == to)
        return;
    const int32_t start = d->lines.line[d->from[role]];
    for (size_t i = 0; i < d->score.n_notes; i++) {
        TbScoreNote *note = &d->score.notes[i];
        if (note->part != d->part[role] || note->onset < start)
            continue;
        tbi_swing_note(d->score.ticks_per_quarter, role == TB_ROLE_DRUMS, from, to, &note->onset, &note->duration);
    }
}

/* Notes of a single line end where the next begins, at the latest. */
static void untie(Draft *d, TbRole role) {
    TbScoreNote *last = NULL;
    const int32_t start = d->lines.line[d->from[role]];
    for (size_t i = 0; i < d->score.n_notes; i++) {
        TbScoreNote *note = &d->score.notes[i];
        if (note->part != d->part[role])
            continue;
        if (last && last->onset >= start && last->onset + last->duration > note->onset)
            last->duration = note->onset > last->onset ? note->onset - last->onset : 1;
        last = note;
    }
}

void tbi_draft_swing(Draft *d) {
    const bool swings = d->denominator <= 4;
    const double own = swings ? drum_swing(d, d->lines.line[d->from[TB_ROLE_DRUMS]]) : SWING_STRAIGHT;
    double to = SWING_STRAIGHT;
    if (swings)
        to = d->o.swing > 0        ? d->o.swing
             : d->style->swing > 0 ? d->style->swing
             : own >= SWING_LEAST  ? fmin(own, MOST)
                                   : to;
    d->swing = to;
    swing_role(d, TB_ROLE_DRUMS, own >= SWING_LEAST ? own : SWING_STRAIGHT, to);
    swing_role(d, TB_ROLE_MELODY, SWING_STRAIGHT, to);
    swing_role(d, TB_ROLE_BASS, SWING_STRAIGHT, to);
    swing_role(d, TB_ROLE_CHORDS, SWING_STRAIGHT, to);
    tb_score_sort(&d->score);
    tbi_draft_follow_kick(d);
    tb_score_sort(&d->score);
    untie(d, TB_ROLE_MELODY);
    untie(d, TB_ROLE_BASS);
}
