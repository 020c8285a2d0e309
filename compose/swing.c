/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One swing for all parts: that of the drums, or the one that is asked for. */
#include "compose/draft.h"

#include <math.h>
#include <stdlib.h>

enum { FEWEST = 8 /* off-beat hits that show a swing */ };
static const double STRAIGHT = 50, LEAST = 54, MOST = 75; /* percent */

/* The mean place of the off-beat eighths of the drums, from a tick on; STRAIGHT if there are few. */
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
    return n < FEWEST ? STRAIGHT : 100 * sum / n;
}

/* Moves a tick such that the place `from` in its beat comes to `to`, both in percent. */
static int32_t warp(const Draft *d, int32_t tick, double from, double to) {
    const double quarter = d->score.ticks_per_quarter, beat = floor(tick / quarter), place = tick / quarter - beat;
    const double a = from / 100, b = to / 100, moved = place < a ? place * b / a : b + (place - a) * (1 - b) / (1 - a);
    return (int32_t)lround((beat + moved) * quarter);
}

/* Whether a tick is a triplet of its beat, which does not swing. */
static bool is_triplet(const Draft *d, int32_t tick) {
    const int32_t step = tb_grid_step(d->score.ticks_per_quarter, TB_GRID_MELODY, tick) % TB_GRID_MELODY;
    return step == 4 || step == 8 || step == 2 || step == 10;
}

static void swing_role(Draft *d, TbRole role, double from, double to) {
    if (from == to)
        return;
    const int32_t start = d->lines.line[d->from[role]];
    for (size_t i = 0; i < d->score.n_notes; i++) {
        TbScoreNote *note = &d->score.notes[i];
        if (note->part != d->part[role] || note->onset < start)
            continue;
        const int32_t end = note->onset + note->duration;
        const bool pitched = role != TB_ROLE_DRUMS;
        const int32_t onset = pitched && is_triplet(d, note->onset) ? note->onset : warp(d, note->onset, from, to);
        const int32_t off = pitched && is_triplet(d, end) ? end : warp(d, end, from, to);
        note->onset = onset;
        note->duration = off > onset ? off - onset : 1;
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
    const double own = swings ? drum_swing(d, d->lines.line[d->from[TB_ROLE_DRUMS]]) : STRAIGHT;
    double to = STRAIGHT;
    if (swings)
        to = d->o.swing > 0 ? d->o.swing : d->style->swing > 0 ? d->style->swing : own >= LEAST ? fmin(own, MOST) : to;
    d->swing = to;
    swing_role(d, TB_ROLE_DRUMS, own >= LEAST ? own : STRAIGHT, to);
    swing_role(d, TB_ROLE_MELODY, STRAIGHT, to);
    swing_role(d, TB_ROLE_BASS, STRAIGHT, to);
    swing_role(d, TB_ROLE_CHORDS, STRAIGHT, to);
    tb_score_sort(&d->score);
    follow_kick(d);
    tb_score_sort(&d->score);
    untie(d, TB_ROLE_MELODY);
    untie(d, TB_ROLE_BASS);
}
