/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bass plays with the kick. */
#include "compose/draft.h"

#include <stdlib.h>

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

void tbi_draft_follow_kick(Draft *d) {
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
