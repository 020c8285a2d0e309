/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One swing for all parts: that of the drums, or the one that is asked for. */
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

/* ---- bass and kick ---- */

/* From a note to the nearest kick within `near` ticks; INT32_MAX: there is none. Other basses have moved by `near` at
 * most, so that the order of notes is nearly that of time. */
static int32_t to_kick(const Draft *d, size_t i, int32_t near) {
    const TbScoreNote *notes = d->score.notes;
    const TbDrumMap *map = tb_drum_map(NULL);
    size_t first = i, end = i;
    int32_t nearest = INT32_MAX;
    while (first > 0 && notes[first - 1].onset >= notes[i].onset - 2 * near)
        first--;
    while (end < d->score.n_notes && notes[end].onset <= notes[i].onset + 2 * near)
        end++;
    for (size_t k = first; k < end; k++) {
        const int32_t distance = notes[k].onset - notes[i].onset;
        if (notes[k].part == d->part[TB_ROLE_DRUMS] && tb_drum_class(map, notes[k].pitch) == DRUM_KICK &&
            abs(distance) <= near && (nearest == INT32_MAX || abs(distance) < abs(nearest)))
            nearest = distance;
    }
    return nearest;
}

/* Bass notes begin with the kick that is near them. */
static void follow_kick(Draft *d) {
    const int32_t near = d->score.ticks_per_quarter / 14, start = d->lines.line[d->from[TB_ROLE_BASS]];
    for (size_t i = 0; i < d->score.n_notes; i++) {
        TbScoreNote *note = &d->score.notes[i];
        if (note->part != d->part[TB_ROLE_BASS] || note->onset < start)
            continue;
        const int32_t move = to_kick(d, i, near);
        if (move != INT32_MAX && note->duration > move && note->onset + move >= start) {
            note->onset += move;
            note->duration -= move;
        }
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
    follow_kick(d);
    tb_score_sort(&d->score);
    untie(d, TB_ROLE_MELODY);
    untie(d, TB_ROLE_BASS);
}
